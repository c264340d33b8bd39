#include "src/index/nbtree_scan.hpp"

#ifdef TAILOR_NBTREE_SCAN

#include <new>
#include <type_traits>

#include "src/index/nbtree_cursor.hpp"

namespace tailor {
namespace {

class NbtreeScan final : public IndexScan {
 public:
  explicit NbtreeScan(const ScanTarget& target) : IndexScan(target) { cursor_.open(index_, target.snapshot); }

  void seek_numbers(int64 first, int64 last) override {
    begin(&NbtreeScan::take_numbers);
    last_ = last;
    more_ = cursor_.seek_number(first);
  }

  void seek_nulls() override {
    begin(&NbtreeScan::take_nulls);
    more_ = cursor_.seek(Datum{0}, true);
  }

  void seek_text(const TextKey& key) override {
    begin(&NbtreeScan::take_texts);
    more_ = cursor_.seek_text(key);
  }

  // A batch contains the entries of one page. The page stays pinned until the next batch, so that VACUUM
  // cannot reuse the entries' TIDs before their visibility is known.
  bool next(EntryBatch& batch) override {
    batch.clear();
    while (batch.size() == 0) {
      if (is_on_page_) more_ = more_ && cursor_.next_leaf();
      if (!more_) return leave(), false;
      is_on_page_ = true;
      more_ = (this->*take_)(batch);
    }
    return true;
  }

  TextKey text_key(const text* value) const override { return cursor_.text_key(value); }
  void prefetch_place(const TextKey& key) const override { NbtreeCursor::prefetch_place(key); }
  void prefetch_entry(const TextKey& key) const override { NbtreeCursor::prefetch_entry(key); }

  void close() override {
    leave();
    cursor_.close();
    index_close(index_, NoLock);  // the lock is held until the transaction ends, as for a SELECT
  }

 private:
  // Copies the entries of the locked page and unlocks it. True if the next page may have more.
  using Take = bool (NbtreeScan::*)(EntryBatch&);

  void begin(Take take) {
    leave();
    take_ = take;
  }

  void leave() {
    if (more_ && !is_on_page_) cursor_.unlock();  // a seek without a read
    cursor_.release();
    is_on_page_ = false;
    more_ = false;
  }

  bool take_numbers(EntryBatch& batch) {
    return take_from_copy(batch, [this](IndexTuple entry, int64& number) {
      bool null = false;
      number = DatumGetInt64(index_getattr(entry, 1, RelationGetDescr(index_), &null));
      return !null && number <= last_;
    });
  }

  bool take_nulls(EntryBatch& batch) {
    return take_from_copy(batch, [this](IndexTuple entry, int64&) {
      bool null = false;
      index_getattr(entry, 1, RelationGetDescr(index_), &null);
      return null;
    });
  }

  // The whole page is copied, to hold its lock briefly.
  template <typename RelationKeys>
  bool take_from_copy(EntryBatch& batch, RelationKeys is_wanted) {
    if (page_ == nullptr) page_ = static_cast<Page>(palloc(BLCKSZ));
    const Leaf leaf = cursor_.leaf();
    memcpy(page_, leaf.page, BLCKSZ);
    cursor_.unlock();
    for (OffsetNumber at = leaf.first; at < leaf.end; ++at) {
      IndexTuple entry = cursor_.entry(page_, at);
      if (entry == nullptr) continue;
      int64 number = 0;
      if (!is_wanted(entry, number)) return false;
      add(batch, entry, number);
    }
    return true;
  }

  // A text key has few entries on a page, which are copied one by one.
  bool take_texts(EntryBatch& batch) {
    const Leaf leaf = cursor_.leaf();
    OffsetNumber at = leaf.first;
    for (; at < leaf.end && cursor_.has_text(at); ++at) {
      IndexTuple entry = cursor_.entry(leaf.page, at);
      if (entry != nullptr) add(batch, target_.with_columns ? CopyIndexTuple(entry) : entry, 0);
    }
    cursor_.unlock();
    return at == leaf.end;
  }

  // A posting list entry (deduplicated keys) refers to several rows.
  void add(EntryBatch& batch, IndexTuple entry, int64 number) const {
    IndexTuple columns = target_.with_columns ? entry : nullptr;
    if (!BTreeTupleIsPosting(entry)) {
      batch.add({columns, entry->t_tid, Visibility::unchecked}, number);
      return;
    }
    for (int i = 0; i < BTreeTupleGetNPosting(entry); ++i)
      batch.add({columns, *BTreeTupleGetPostingN(entry, i), Visibility::unchecked}, number);
  }

  NbtreeCursor cursor_;
  Take take_ = nullptr;
  bool is_on_page_ = false, more_ = false;
  int64 last_ = 0;
  Page page_ = nullptr;  // a copy
};

static_assert(std::is_trivially_destructible_v<NbtreeScan>, "an error leaves it behind");

}  // namespace

IndexScan* open_nbtree_scan(const ScanTarget& target) {
  return new (palloc(sizeof(NbtreeScan))) NbtreeScan(target);
}

}  // namespace tailor

#endif
