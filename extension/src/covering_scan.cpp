#include "src/covering_scan.hpp"

#include <cmath>
#include <limits>

#include "pure/geometry.hpp"
#include "src/boundary.hpp"
#include "src/geography_point.hpp"

extern "C" {
#include "access/stratnum.h"
#include "access/visibilitymap.h"
#include "storage/bufmgr.h"
#include "storage/predicate.h"
#include "utils/fmgroids.h"
}

namespace tailor {
namespace {

struct CoveringRanges {
  CellRange* ranges;
  int count;
};

CoveringRanges cover(const Request& request) {
  return guarded([&request]() -> CoveringRanges {
    const auto ranges = circle_covering(request.lat, request.lng, request.metres());
    const std::string_view bytes{reinterpret_cast<const char*>(ranges.data()),
                                 ranges.size() * sizeof(CellRange)};
    return {reinterpret_cast<CellRange*>(palloc_copy(bytes)), static_cast<int>(ranges.size())};
  });
}

class CoveringScan {
 public:
  CoveringScan(const NativePlan& plan, const Request& request, RowReader& tailors, PostgisDistance& distance,
               Report& report)
      : plan_(plan),
        request_(request),
        tailors_(tailors),
        distance_(distance),
        report_(report),
        centre_(point_position(request.lat, request.lng)),
        radius_(radius_bounds(request.metres())),
        index_(index_open(plan.covering_index, AccessShareLock)) {
    fmgr_info(F_ARRAYOVERLAP, &overlap_);
    const AttrNumber skills = index_->rd_index->indkey.values[plan.skills_at];
    skills_collation_ = TupleDescAttr(RelationGetDescr(tailors.table), skills - 1)->attcollation;
    candidates_.room = 1024;
    candidates_.items = static_cast<Candidate*>(palloc(candidates_.room * sizeof(Candidate)));
  }

  Candidates run() {
    PhaseClock cover_clock(report_, kCover);
    const CoveringRanges covering = cover(request_);
    cover_clock.stop();
    PhaseClock scan_clock(report_, kScan);
    for (int i = 0; i < covering.count; ++i) {
      ScanKeyData keys[2];
      bound(keys[0], BTGreaterEqualStrategyNumber, F_INT8GE, covering.ranges[i].first);
      bound(keys[1], BTLessEqualStrategyNumber, F_INT8LE, covering.ranges[i].last);
      scan(keys, 2, false);
    }
    if (request_.shape.include_unlocated) {
      ScanKeyData null_key;
      ScanKeyEntryInitialize(&null_key, SK_ISNULL | SK_SEARCHNULL, 1, InvalidStrategy, InvalidOid, InvalidOid,
                             InvalidOid, Datum{0});
      scan(&null_key, 1, true);
    }
    scan_clock.stop();
    index_close(index_, NoLock);
    report_.matches = static_cast<int64>(candidates_.count);
    return candidates_;
  }

 private:
  static void bound(ScanKeyData& key, StrategyNumber strategy, RegProcedure procedure, int64 cell) {
    ScanKeyInit(&key, 1, strategy, procedure, Int64GetDatum(cell));
  }

  void scan(ScanKeyData* keys, int count, bool unlocated) {
    ++report_.ranges;
#if PG_VERSION_NUM >= 180000
    scan_ = index_beginscan(tailors_.table, index_, tailors_.snapshot, nullptr, count, 0);
#else
    scan_ = index_beginscan(tailors_.table, index_, tailors_.snapshot, count, 0);
#endif
    scan_->xs_want_itup = true;
    index_rescan(scan_, keys, count, nullptr, 0);
    Buffer visibility_map = InvalidBuffer;
    while (const ItemPointerData* tid = index_getnext_tid(scan_, ForwardScanDirection)) {
      CHECK_FOR_INTERRUPTS();
      ++report_.entries;
      const uint64 place = pack_tid(*tid);
      if (is_visible(*tid, visibility_map)) visit(place, unlocated);
    }
    if (BufferIsValid(visibility_map)) ReleaseBuffer(visibility_map);
    index_endscan(scan_);
  }

  // As an index-only scan does: the heap is asked only for pages that are not all-visible.
  bool is_visible(const ItemPointerData& tid, Buffer& visibility_map) {
    const BlockNumber block = ItemPointerGetBlockNumber(&tid);
    if (VM_ALL_VISIBLE(tailors_.table, block, &visibility_map)) {
      PredicateLockPage(tailors_.table, block, tailors_.snapshot);
      return true;
    }
    ++report_.heap_fetches;
    if (!index_fetch_heap(scan_, tailors_.slot)) return false;
    ExecClearTuple(tailors_.slot);
    if (scan_->xs_heap_continue) elog(ERROR, "tailor_search: a snapshot that is not MVCC");
    return true;
  }

  void visit(uint64 place, bool unlocated) {
    if (!passes_filters()) return;
    double squared = std::numeric_limits<double>::infinity();
    if (!unlocated) {
      squared = squared_chord(centre_, cell_position(DatumGetInt64(key())));
      if (squared >= radius_.outside) return;
      if (squared > radius_.inside && !is_within(place)) return;
    } else if (!has_no_point(place)) {
      return;
    }
    add({.rank = rank(), .squared_chord = squared, .row = place});
  }

  Datum key() {
    return included(0, ignored_);
  }

  Datum included(int column, bool& null) {
    return index_getattr(scan_->xs_itup, column + 1, scan_->xs_itupdesc, &null);
  }

  bool passes_filters() {
    const SearchShape& shape = request_.shape;
    bool null = false;
    if (shape.min_experience || shape.max_experience) {
      const int32 years = DatumGetInt32(included(plan_.experience_at, null));
      if (null || (shape.min_experience && years < request_.min_experience) ||
          (shape.max_experience && years > request_.max_experience))
        return false;
    }
    if (shape.min_rating) {
      const double rating = DatumGetFloat8(included(plan_.rating_at, null));
      // NaN is greater than every number, in PostgreSQL.
      if (null || rating < request_.min_rating) return false;
    }
    if (!shape.skills) return true;
    const Datum skills = included(plan_.skills_at, null);
    return !null && DatumGetBool(FunctionCall2Coll(&overlap_, skills_collation_, skills,
                                                   PointerGetDatum(request_.skills)));
  }

  int64 rank() {
    if (request_.shape.sort_by == SortBy::distance) return 0;
    bool null = false;
    if (request_.shape.sort_by == SortBy::experience) {
      const Datum years = included(plan_.experience_at, null);
      return null ? null_rank : -int64{DatumGetInt32(years)};
    }
    const Datum rating = included(plan_.rating_at, null);
    return null ? null_rank : descending_rank(DatumGetFloat8(rating));
  }

  // The radius runs through what is known of the distance: PostGIS decides on the stored point.
  bool is_within(uint64 place) {
    bool null = false;
    const Datum point = stored_point(place, null);
    ++report_.exact_distances;
    return !null && distance_.within(point, request_.metres());
  }

  // A point that is not finite has no cell either, but is not missing.
  bool has_no_point(uint64 place) {
    bool null = false;
    const Datum point = stored_point(place, null);
    return null || read_geography_point(point).kind == PointKind::empty;
  }

  Datum stored_point(uint64 place, bool& null) {
    ++report_.heap_fetches;
    if (!tailors_.read(place)) elog(ERROR, "tailor_search: a visible row is gone");
    return tailors_.column(plan_.point, null);
  }

  void add(const Candidate& candidate) {
    if (candidates_.count == candidates_.room) {
      candidates_.room *= 2;
      candidates_.items =
          static_cast<Candidate*>(repalloc_huge(candidates_.items, candidates_.room * sizeof(Candidate)));
    }
    candidates_.items[candidates_.count++] = candidate;
  }

  const NativePlan& plan_;
  const Request& request_;
  RowReader& tailors_;
  PostgisDistance& distance_;
  Report& report_;
  const Position centre_;
  const RadiusBounds radius_;
  Relation index_;
  IndexScanDesc scan_ = nullptr;
  FmgrInfo overlap_{};
  Oid skills_collation_ = InvalidOid;
  Candidates candidates_{};
  bool ignored_ = false;
};

static_assert(std::is_trivially_destructible_v<CoveringScan>, "an error leaves it behind");

}  // namespace

Candidates scan_covering(const NativePlan& plan, const Request& request, RowReader& tailors,
                         PostgisDistance& distance, Report& report) {
  return CoveringScan(plan, request, tailors, distance, report).run();
}

}  // namespace tailor
