#include "src/index/nbtree_cursor.hpp"

#ifdef TAILOR_NBTREE_SCAN

#include "src/index/place_memory.hpp"
#include "src/index/recent_buffers.hpp"

extern "C" {
#include "access/genam.h"
#include "pgstat.h"
#include "storage/bufmgr.h"
#include "storage/predicate.h"
#include "utils/rel.h"
}

namespace tailor {
namespace {

// From PostgreSQL 16 on PageGetSpecialPointer() takes no pointer to const.
// NOLINTNEXTLINE(readability-non-const-parameter)
BTPageOpaque opaque_of(Page page) {
  return reinterpret_cast<BTPageOpaque>(PageGetSpecialPointer(page));
}

// From PostgreSQL 16 on PageGetItemId() takes no pointer to const.
// NOLINTNEXTLINE(readability-non-const-parameter)
IndexTuple entry_at(Page page, OffsetNumber offset) {
  return reinterpret_cast<IndexTuple>(PageGetItem(page, PageGetItemId(page, offset)));
}

// PostgreSQL 17 dropped old_snapshot_threshold.
void check_snapshot_age([[maybe_unused]] Snapshot snapshot, [[maybe_unused]] Relation index,
                        [[maybe_unused]] Page page) {
#if PG_VERSION_NUM < 170000
  TestForOldSnapshot(snapshot, index, page);
#endif
}

// The key's leaf page, locked; InvalidBuffer in an empty index.
Buffer nbtree_search(Relation index, BTScanInsert key, [[maybe_unused]] Snapshot snapshot) {
  Buffer leaf = InvalidBuffer;
#if PG_VERSION_NUM >= 190000
  constexpr bool kWithStack = false;
  _bt_search(index, nullptr, key, &leaf, BT_READ, kWithStack);
#elif PG_VERSION_NUM >= 170000
  _bt_freestack(_bt_search(index, nullptr, key, &leaf, BT_READ));
#elif PG_VERSION_NUM >= 160000
  _bt_freestack(_bt_search(index, nullptr, key, &leaf, BT_READ, snapshot));
#else
  _bt_freestack(_bt_search(index, key, &leaf, BT_READ, snapshot));
#endif
  return leaf;
}

}  // namespace

void NbtreeCursor::open(Relation index, Snapshot snapshot) {
  index_ = index;
  snapshot_ = snapshot;
  key_ = _bt_mkscankey(index_, nullptr);
  // Set by the index's version; without a tuple the line above assumes it.
  _bt_metaversion(index_, &key_->heapkeyspace, &key_->allequalimage);
  key_->keysz = 1;
  key_->anynullkeys = false;
  skip_dead_ = !TransactionStartedDuringRecovery();
  buffer_ = InvalidBuffer;
}

void NbtreeCursor::close() {
  pfree(key_);
}

void NbtreeCursor::set_key(Datum key, bool null) {
  ScanKey column = &key_->scankeys[0];
  column->sk_argument = key;
  column->sk_flags = null ? column->sk_flags | SK_ISNULL : column->sk_flags & ~SK_ISNULL;
}

bool NbtreeCursor::seek(Datum key, bool null) {
  set_key(key, null);
  pgstat_count_index_scan(index_);
  if (!descend()) return false;
  read_leaf();
  first_ = first_not_before(BufferGetPage(buffer_), first_, end_);
  return true;
}

// The remembered place is a hint: if the page has other content by now, the search descends from the root.
// `is_key` returns whether an entry has the key or, for a lower bound, is not before it.
template <typename IsKey>
bool NbtreeCursor::seek_remembered(Datum key, uint64 hash, IsKey is_key) {
  set_key(key, false);
  const Place place = PlaceMemory::find(hash);
  if (RecentBuffers::pin(index_, place.block, place.buffer)) {
    buffer_ = place.buffer;
    if (recall(place.offset, is_key)) return true;
  }
  if (!seek(key)) return false;
  PlaceMemory::keep(hash, place_here());
  return true;
}

// Locks the pinned page if the remembered place is still right, otherwise releases it. The entry before the
// place must be before the key, which then holds for all pages to the left.
template <typename IsKey>
bool NbtreeCursor::recall(OffsetNumber offset, IsKey is_key) {
  LockBuffer(buffer_, BUFFER_LOCK_SHARE);
  Page page = BufferGetPage(buffer_);
  if (is_live_leaf() && offset >= P_FIRSTDATAKEY(opaque_of(page)) && offset <= PageGetMaxOffsetNumber(page) &&
      is_key(offset)) {
    if (offset == P_FIRSTDATAKEY(opaque_of(page))) return seek_behind_left(is_key);
    if (!is_key(OffsetNumberPrev(offset))) return take_place(offset);
  }
  _bt_relbuf(index_, buffer_);
  return false;
}

// The key is the first of the locked page, and may also end the page to the left. Pages must be locked from
// left to right, so this page is unlocked and locked again.
template <typename IsKey>
bool NbtreeCursor::seek_behind_left(IsKey is_key) {
  const BlockNumber left = opaque_of(BufferGetPage(buffer_))->btpo_prev;
  _bt_relbuf(index_, buffer_);
  buffer_ = left == P_NONE ? InvalidBuffer : RecentBuffers::read_if_there(index_, left);
  if (!BufferIsValid(buffer_)) return false;
  LockBuffer(buffer_, BUFFER_LOCK_SHARE);
  if (!is_live_leaf()) return _bt_relbuf(index_, buffer_), false;
  read_leaf();
  const bool ends_before = first_ < end_ && !is_key(OffsetNumberPrev(end_));
  unlock();
  if (!ends_before) return release(), false;
  if (!next_leaf()) return false;
  if (first_ < end_ && is_key(first_)) return take_place(first_);
  _bt_relbuf(index_, buffer_);
  return false;
}

bool NbtreeCursor::take_place(OffsetNumber offset) {
  read_leaf();
  first_ = offset;
  pgstat_count_index_scan(index_);
  return true;
}

TextKey NbtreeCursor::text_key(const text* value) const {
  return {value, PlaceMemory::hash(VARDATA_ANY(value), static_cast<int>(VARSIZE_ANY_EXHDR(value)),
                                   storage_number(index_))};
}

Place NbtreeCursor::place_here() const {
  Page page = BufferGetPage(buffer_);
  const bool there = first_ < end_;
  return {BufferGetBlockNumber(buffer_), buffer_, first_,
          static_cast<uint16>(there ? ItemIdGetOffset(PageGetItemId(page, first_)) : 0)};
}

// In a bulk-built index the following entries have lower addresses on the page.
void NbtreeCursor::prefetch_entry(const TextKey& key) {
  const Place place = PlaceMemory::find(key.hash);
  if (place.buffer <= 0) return;
  RecentBuffers::prefetch_item(place.buffer, place.offset);
  const char* page = RecentBuffers::page_in(place.buffer);
  __builtin_prefetch(page + BLCKSZ - sizeof(BTPageOpaqueData));
  constexpr int kLine = 64, kAbove = 3, kBelow = 6;
  for (int line = -kBelow; line < kAbove; ++line) {
    const int byte = place.byte + line * kLine;
    if (byte > 0 && byte < BLCKSZ) __builtin_prefetch(page + byte);
  }
}

bool NbtreeCursor::seek_text(const TextKey& key) {
  return seek_remembered(PointerGetDatum(key.value), key.hash,
                         [this](OffsetNumber at) { return has_text(at); });
}

bool NbtreeCursor::is_live_leaf() const {
  Page page = BufferGetPage(buffer_);
  if (PageIsNew(page)) return false;
  check_snapshot_age(snapshot_, index_, page);
  const BTPageOpaque opaque = opaque_of(page);
  return P_ISLEAF(opaque) && !P_IGNORE(opaque);
}

bool NbtreeCursor::seek_number(int64 key) {
  const uint64 hash =
      PlaceMemory::hash(reinterpret_cast<const char*>(&key), sizeof key, storage_number(index_));
  const auto is_key = [this, key](OffsetNumber at) {
    bool null = false;
    const int64 number = DatumGetInt64(
        index_getattr(entry_at(BufferGetPage(buffer_), at), 1, RelationGetDescr(index_), &null));
    return null || number >= key;
  };
  return seek_remembered(Int64GetDatum(key), hash, is_key);
}

// Compared by bytes, which is equality under a deterministic collation, the only kind used here. Compressed
// texts are compared by PostgreSQL.
bool NbtreeCursor::has_text(OffsetNumber offset) const {
  Page page = BufferGetPage(buffer_);
  IndexTuple entry = entry_at(page, offset);
  bool null = false;
  const Datum stored = index_getattr(entry, 1, RelationGetDescr(index_), &null);
  if (null) return false;
  const auto* found = reinterpret_cast<const text*>(DatumGetPointer(stored));
  if (VARATT_IS_COMPRESSED(found)) return _bt_compare(index_, key_, page, offset) == 0;
  const auto* wanted = reinterpret_cast<const text*>(DatumGetPointer(key_->scankeys[0].sk_argument));
  return VARSIZE_ANY_EXHDR(found) == VARSIZE_ANY_EXHDR(wanted) &&
         memcmp(VARDATA_ANY(found), VARDATA_ANY(wanted), VARSIZE_ANY_EXHDR(found)) == 0;
}

// Checks again after locking: another session may have created a root in between.
bool NbtreeCursor::descend() {
  buffer_ = find_leaf();
  if (BufferIsValid(buffer_)) return true;
  PredicateLockRelation(index_, snapshot_);
  if (IsolationIsSerializable()) buffer_ = nbtree_search(index_, key_, snapshot_);
  return BufferIsValid(buffer_);
}

// Starts at the root in the relation cache while it is still one; nbtree's own search reads the metapage
// anew.
Buffer NbtreeCursor::find_leaf() {
  const auto* meta = static_cast<const BTMetaPageData*>(index_->rd_amcache);
  if (meta == nullptr) return nbtree_search(index_, key_, snapshot_);
  const uint32 level = meta->btm_fastlevel;
  Buffer buffer = lock_page(meta->btm_fastroot);
  BTPageOpaque opaque = opaque_of(BufferGetPage(buffer));
  if (P_IGNORE(opaque) || !P_LEFTMOST(opaque) || !P_RIGHTMOST(opaque) || opaque->btpo_level != level) {
    _bt_relbuf(index_, buffer);
    return nbtree_search(index_, key_, snapshot_);
  }
  for (;;) {
    buffer = move_right(buffer);
    Page page = BufferGetPage(buffer);
    opaque = opaque_of(page);
    if (P_ISLEAF(opaque)) return buffer;
    const auto end = static_cast<OffsetNumber>(PageGetMaxOffsetNumber(page) + 1);
    const OffsetNumber after = first_not_before(page, P_FIRSTDATAKEY(opaque), end);
    const BlockNumber child = BTreeTupleGetDownLink(entry_at(page, OffsetNumberPrev(after)));
    _bt_relbuf(index_, buffer);
    buffer = lock_page(child);
  }
}

Buffer NbtreeCursor::lock_page(BlockNumber block) {
  const Buffer buffer = RecentBuffers::read(index_, block);
  LockBuffer(buffer, BUFFER_LOCK_SHARE);
  _bt_checkpage(index_, buffer);
  check_snapshot_age(snapshot_, index_, BufferGetPage(buffer));
  return buffer;
}

// If the page was split after its parent was read, keys beyond its high key are on the page to the right.
Buffer NbtreeCursor::move_right(Buffer buffer) {
  for (;;) {
    Page page = BufferGetPage(buffer);
    const BTPageOpaque opaque = opaque_of(page);
    if (P_RIGHTMOST(opaque)) break;
    if (!P_IGNORE(opaque) && _bt_compare(index_, key_, page, P_HIKEY) <= 0) break;
    const BlockNumber right = opaque->btpo_next;
    _bt_relbuf(index_, buffer);
    buffer = lock_page(right);
  }
  if (P_IGNORE(opaque_of(BufferGetPage(buffer))))
    elog(ERROR, "tailor_search: fell off the end of index \"%s\"", RelationGetRelationName(index_));
  return buffer;
}

bool NbtreeCursor::next_leaf() {
  release();
  while (right_ != P_NONE) {
    buffer_ = lock_page(right_);
    Page page = BufferGetPage(buffer_);
    if (!P_IGNORE(opaque_of(page))) {
      read_leaf();
      return true;
    }
    right_ = opaque_of(page)->btpo_next;
    _bt_relbuf(index_, buffer_);
  }
  buffer_ = InvalidBuffer;
  return false;
}

void NbtreeCursor::release() {
  if (BufferIsValid(buffer_)) ReleaseBuffer(buffer_);
  buffer_ = InvalidBuffer;
}

void NbtreeCursor::read_leaf() {
  PredicateLockPage(index_, BufferGetBlockNumber(buffer_), snapshot_);
  Page page = BufferGetPage(buffer_);
  BTPageOpaque opaque = opaque_of(page);
  right_ = opaque->btpo_next;
  first_ = P_FIRSTDATAKEY(opaque);
  end_ = static_cast<OffsetNumber>(PageGetMaxOffsetNumber(page) + 1);
}

// Binary search between low and high.
OffsetNumber NbtreeCursor::first_not_before(Page page, OffsetNumber low, OffsetNumber high) const {
  while (low < high) {
    const auto middle = static_cast<OffsetNumber>(low + (high - low) / 2);
    if (_bt_compare(index_, key_, page, middle) > 0)
      low = static_cast<OffsetNumber>(middle + 1);
    else
      high = middle;
  }
  return low;
}

}  // namespace tailor

#endif
