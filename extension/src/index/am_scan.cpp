#include "src/index/am_scan.hpp"

#include <new>
#include <type_traits>

#include "src/index/visibility_map.hpp"

extern "C" {
#include "access/genam.h"
#include "access/relscan.h"
#include "access/skey.h"
#include "access/stratnum.h"
#include "utils/lsyscache.h"
}

namespace tailor {
namespace {

class AmScan final : public IndexScan {
 public:
  explicit AmScan(const ScanTarget& target) : IndexScan(target), arena_(static_cast<char*>(palloc(kArena))) {
    visibility_.open(target.table, target.snapshot);
  }

  void seek_numbers(int64 first, int64 last) override {
    set_comparison(keys_[0], BTGreaterEqualStrategyNumber, Int64GetDatum(first));
    set_comparison(keys_[1], BTLessEqualStrategyNumber, Int64GetDatum(last));
    seek(2, true, true);
  }

  void seek_nulls() override {
    ScanKeyEntryInitialize(&keys_[0], SK_ISNULL | SK_SEARCHNULL, 1, InvalidStrategy, InvalidOid, InvalidOid,
                           InvalidOid, Datum{0});
    seek(1, true, false);
  }

  void seek_text(const TextKey& key) override {
    set_comparison(keys_[0], BTEqualStrategyNumber, PointerGetDatum(key.value));
    seek(1, false, false);
  }

  // The map is asked for each entry before the scan leaves the entry's page: afterwards VACUUM may hand its
  // place to another row. So a batch may hold entries of several pages.
  bool next(EntryBatch& batch) override {
    batch.clear();
    used_ = 0;
    while (more_ && batch.size() < kBatch && kArena - used_ >= kLargestEntry) {
      const ItemPointer place = index_getnext_tid(scan_, ForwardScanDirection);
      more_ = place != nullptr;
      if (more_) batch.add(entry_at(*place), by_number_ ? first_column() : 0);
    }
    return batch.size() > 0;
  }

  void close() override {
    if (scan_ != nullptr) index_endscan(scan_);
    visibility_.release();
    index_close(index_, NoLock);  // the lock is held until the transaction ends, as for a SELECT
  }

 private:
  static constexpr int kBatch = MaxIndexTuplesPerPage;
  static constexpr Size kArena = Size{2} * BLCKSZ;
  static constexpr Size kLargestEntry = BLCKSZ / 2;  // three entries fit on a page of a B-tree

  void set_comparison(ScanKeyData& key, StrategyNumber strategy, Datum argument) const {
    const Oid type = index_->rd_opcintype[0];
    const RegProcedure procedure =
        get_opcode(get_opfamily_member(index_->rd_opfamily[0], type, type, static_cast<int16>(strategy)));
    ScanKeyEntryInitialize(&key, 0, 1, strategy, InvalidOid, index_->rd_indcollation[0], procedure, argument);
  }

  void seek(int keys, bool in_arena, bool by_number) {
    if (scan_ != nullptr && scan_->numberOfKeys != keys) {
      index_endscan(scan_);
      scan_ = nullptr;
    }
    if (scan_ == nullptr) {
      scan_ = begin(keys);
      scan_->xs_want_itup = target_.with_columns;
    }
    index_rescan(scan_, keys_, keys, nullptr, 0);
    in_arena_ = in_arena;
    by_number_ = by_number;
    more_ = true;
  }

  IndexScanDesc begin(int keys) const {
#if PG_VERSION_NUM >= 190000
    return index_beginscan(target_.table, index_, target_.snapshot, nullptr, keys, 0, 0);
#elif PG_VERSION_NUM >= 180000
    return index_beginscan(target_.table, index_, target_.snapshot, nullptr, keys, 0);
#else
    return index_beginscan(target_.table, index_, target_.snapshot, keys, 0);
#endif
  }

  IndexEntry entry_at(const ItemPointerData& place) {
    const bool visible = visibility_.all_visible(ItemPointerGetBlockNumber(&place));
    return {target_.with_columns ? copy(scan_->xs_itup) : nullptr, place,
            visible ? Visibility::all_visible : Visibility::unknown};
  }

  IndexTuple copy(IndexTuple tuple) {
    if (!in_arena_) return CopyIndexTuple(tuple);
    const Size size = IndexTupleSize(tuple);
    void* to = arena_ + used_;
    used_ += MAXALIGN(size);
    return static_cast<IndexTuple>(memcpy(to, tuple, size));
  }

  int64 first_column() const {
    bool null = false;
    return DatumGetInt64(index_getattr(scan_->xs_itup, 1, RelationGetDescr(index_), &null));
  }

  IndexScanDesc scan_ = nullptr;
  ScanKeyData keys_[2];
  bool in_arena_ = false, by_number_ = false, more_ = false;
  VisibilityMap visibility_;
  char* arena_;  // copies of the batch's entries
  Size used_ = 0;
};

static_assert(std::is_trivially_destructible_v<AmScan>, "an error leaves it behind");

}  // namespace

IndexScan* open_am_scan(const ScanTarget& target) {
  return new (palloc(sizeof(AmScan))) AmScan(target);
}

}  // namespace tailor
