#include "src/btree_outline.hpp"

#include <algorithm>

#include "src/recent_buffers.hpp"

extern "C" {
#include "access/nbtree.h"
#include "port/pg_bswap.h"
#include "utils/memutils.h"
}

namespace tailor {

struct OutlineNode {
  static constexpr std::size_t kMostSkipped = 32;

  uint32 level;  // 1: above the leaves
  int count;     // of children
  bool right;    // it has led to a key since it was copied
  std::size_t skipped;
  char prefix[kMostSkipped];  // what all keys begin with
  uint64* keys;               // what follows; from keys[i] on it is children[i]
  BlockNumber* children;
  OutlineNode** nodes;  // copies of the children that were read, above level 1

  // Keys that begin otherwise are before all, or behind.
  int child_of(std::string_view key) const;
};

namespace {

constexpr int kOutlines = 64;
constexpr Size kMostMemory = Size{8} << 20;
// A wrong guess costs as much as some right ones save.
constexpr int kMostCredit = 256, kPrice = 8;

BtreeOutline outlines[kOutlines];
int outline_count = 0;
MemoryContext memory = nullptr;
Size taken = 0;

// The first eight bytes as a number that sorts as they do.
uint64 number_of(std::string_view key) {
  uint64 bytes = 0;
  memcpy(&bytes, key.data(), std::min(key.size(), sizeof bytes));
  return pg_ntoh64(bytes);
}

// The keys and children of a page, while it is locked: no memory is taken then.
struct Children {
  int count = 0;
  std::size_t skipped = 0;
  std::string_view keys[MaxIndexTuplesPerPage];  // in the page
  BlockNumber blocks[MaxIndexTuplesPerPage];
  uint32 level = 0;
  char prefix[OutlineNode::kMostSkipped];
  uint64 numbers[MaxIndexTuplesPerPage];

  // From PostgreSQL 16 on PageGetSpecialPointer() takes no pointer to const.
  // NOLINTNEXTLINE(readability-non-const-parameter)
  void read(Relation index, Page page) {
    const auto* opaque = reinterpret_cast<BTPageOpaque>(PageGetSpecialPointer(page));
    if (PageIsNew(page) || P_ISLEAF(opaque) || P_IGNORE(opaque)) return;
    level = opaque->btpo_level;
    const auto end = static_cast<OffsetNumber>(PageGetMaxOffsetNumber(page) + 1);
    int found = 0;
    for (OffsetNumber at = P_FIRSTDATAKEY(opaque); at < end; ++at) {
      auto* entry = reinterpret_cast<IndexTuple>(PageGetItem(page, PageGetItemId(page, at)));
      blocks[found] = BTreeTupleGetDownLink(entry);
      if (found > 0 && !read_key(index, entry, keys[found])) return;
      ++found;
    }
    count = found;
    cut();
  }

 private:
  // The first child has no key.
  static bool read_key(Relation index, IndexTuple entry, std::string_view& key) {
    bool null = false;
    const Datum stored = index_getattr(entry, 1, RelationGetDescr(index), &null);
    if (null) return false;
    const auto* packed = reinterpret_cast<const text*>(DatumGetPointer(stored));
    key = {VARDATA_ANY(packed), VARSIZE_ANY_EXHDR(packed)};
    return !VARATT_IS_COMPRESSED(packed);
  }

  void cut() {
    if (count > 1) {
      skipped = std::min(keys[1].size(), sizeof prefix);
      for (int i = 2; i < count; ++i) {
        const auto* end = keys[1].begin() + std::min(skipped, keys[i].size());
        skipped = std::mismatch(keys[1].begin(), end, keys[i].begin()).first - keys[1].begin();
      }
      memcpy(prefix, keys[1].data(), skipped);
    }
    numbers[0] = 0;
    for (int i = 1; i < count; ++i) numbers[i] = number_of(keys[i].substr(skipped));
  }
};

OutlineNode* make_node(const Children& children) {
  const auto count = static_cast<Size>(children.count);
  const Size nodes = children.level > 1 ? count : 0;
  const Size bytes =
      sizeof(OutlineNode) + count * (sizeof(uint64) + sizeof(BlockNumber)) + nodes * sizeof(void*);
  auto* node = static_cast<OutlineNode*>(MemoryContextAllocZero(memory, bytes));
  taken += bytes;
  node->level = children.level;
  node->count = children.count;
  node->skipped = children.skipped;
  node->keys = reinterpret_cast<uint64*>(node + 1);
  node->nodes = reinterpret_cast<OutlineNode**>(node->keys + count);
  node->children = reinterpret_cast<BlockNumber*>(node->nodes + nodes);
  memcpy(node->prefix, children.prefix, children.skipped);
  memcpy(node->keys, children.numbers, count * sizeof(uint64));
  memcpy(node->children, children.blocks, count * sizeof(BlockNumber));
  return node;
}

// nullptr: no such page, or not as it should be.
OutlineNode* copy_page(Relation index, BlockNumber block) {
  const Buffer buffer = RecentBuffers::read_if_there(index, block);
  if (!BufferIsValid(buffer)) return nullptr;
  Children children;
  LockBuffer(buffer, BUFFER_LOCK_SHARE);
  children.read(index, BufferGetPage(buffer));
  UnlockReleaseBuffer(buffer);
  return children.count > 0 ? make_node(children) : nullptr;
}

}  // namespace

int OutlineNode::child_of(std::string_view key) const {
  const int order = memcmp(key.data(), prefix, std::min(skipped, key.size()));
  if (order > 0) return count - 1;
  if (order < 0 || key.size() < skipped) return 0;
  const uint64 number = number_of(key.substr(skipped));
  int first = 0;
  for (int among = count; among > 1;) {
    const int half = among / 2;
    if (keys[first + half] <= number) first += half;
    among -= half;
  }
  return first;
}

BtreeOutline* BtreeOutline::of(Relation index) {
  const Oid storage = storage_number(index);
  for (int i = 0; i < outline_count; ++i)
    if (outlines[i].storage_ == storage) return &outlines[i];
  if (outline_count == kOutlines) {
    forget_all();
    outline_count = 0;
  }
  if (memory == nullptr)
    memory = AllocSetContextCreate(TopMemoryContext, "tailor_search outlines", ALLOCSET_DEFAULT_SIZES);
  BtreeOutline& made = outlines[outline_count++];
  made.storage_ = storage;
  made.credit_ = kMostCredit;
  made.root_ = nullptr;
  made.last_ = nullptr;
  return &made;
}

void BtreeOutline::forget_all() {
  for (int i = 0; i < outline_count; ++i) outlines[i].root_ = nullptr;
  if (memory != nullptr) MemoryContextReset(memory);
  taken = 0;
}

BlockNumber BtreeOutline::guess(Relation index, std::string_view key) {
  const auto* meta = static_cast<const BTMetaPageData*>(index->rd_amcache);
  if (meta == nullptr || meta->btm_fastlevel == 0 || storage_ != storage_number(index) || credit_ < 0)
    return InvalidBlockNumber;
  if (taken > kMostMemory) forget_all();
  last_ = &root_;
  BlockNumber block = meta->btm_fastroot;
  for (;;) {
    if (*last_ == nullptr) *last_ = copy_page(index, block);
    const OutlineNode* node = *last_;
    if (node == nullptr) return was_wrong(), InvalidBlockNumber;
    const int child = node->child_of(key);
    block = node->children[child];
    if (node->level == 1) return block;
    last_ = &node->nodes[child];
  }
}

BlockNumber BtreeOutline::known(std::string_view key) const {
  const OutlineNode* node = root_;
  while (node != nullptr) {
    const int child = node->child_of(key);
    if (node->level == 1) return node->children[child];
    node = node->nodes[child];
  }
  return InvalidBlockNumber;
}

void BtreeOutline::was_right() {
  (*last_)->right = true;
  credit_ = std::min(credit_ + 1, kMostCredit);
}

// What was copied just now and is wrong was led to by what is wrong.
void BtreeOutline::was_wrong() {
  credit_ -= kPrice;
  if (*last_ == nullptr || !(*last_)->right) return forget_all();
  pfree(*last_);
  *last_ = nullptr;
}

}  // namespace tailor
