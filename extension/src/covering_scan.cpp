#include "src/covering_scan.hpp"

#include <cmath>
#include <limits>

#include "pure/geometry.hpp"
#include "src/boundary.hpp"
#include "src/btree_cursor.hpp"
#include "src/geography_point.hpp"
#include "src/visibility_map.hpp"

extern "C" {
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
  CoveringScan(const NativePlan& plan, const Request& request, const RowReader* tailors,
               PostgisDistance& distance, Report& report)
      : plan_(plan),
        request_(request),
        all_tailors_(tailors),
        distance_(distance),
        report_(report),
        centre_(point_position(request.lat, request.lng)),
        radius_(radius_bounds(request.metres())),
        leaf_(static_cast<Page>(palloc(BLCKSZ))) {
    fmgr_info(F_ARRAYOVERLAP, &overlap_);
    candidates_.room = 1024;
    candidates_.items = static_cast<Candidate*>(palloc(candidates_.room * sizeof(Candidate)));
  }

  Candidates run() {
    PhaseClock cover_clock(report_, kCover);
    const CoveringRanges covering = cover(request_);
    cover_clock.stop();
    PhaseClock scan_clock(report_, kScan);
    for (int i = 0; i < plan_.table_count; ++i) scan_table(i, covering);
    scan_clock.stop();
    report_.matches = static_cast<int64>(candidates_.count);
    return candidates_;
  }

 private:
  void scan_table(int number, const CoveringRanges& covering) {
    number_ = number;
    table_ = plan_.tables[number];
    tailors_ = all_tailors_[number];
    cursor_.open(table_.covering.index, tailors_.snapshot);
    visibility_.open(tailors_.table, tailors_.snapshot);
    const AttrNumber skills = cursor_.index()->rd_index->indkey.values[table_.covering.skills];
    skills_collation_ = TupleDescAttr(RelationGetDescr(tailors_.table), skills - 1)->attcollation;
    for (int i = 0; i < covering.count; ++i) scan(covering.ranges[i]);
    if (request_.shape.include_unlocated) scan_unlocated();
    tailors_.release();
    visibility_.release();
    cursor_.close();
  }

  void scan(const CellRange& range) {
    visit_from(Int64GetDatum(range.first), false, [this, &range](IndexTuple entry) {
      bool null = false;
      const int64 cell = DatumGetInt64(included(entry, 0, null));
      if (null || cell > range.last) return false;
      visit(entry, cell);
      return true;
    });
  }

  void scan_unlocated() {
    visit_from(Datum{0}, true, [this](IndexTuple entry) {
      bool null = false;
      included(entry, 0, null);
      if (null) visit_unlocated(entry);
      return null;
    });
  }

  // Calls visit for each entry from the key on, until it says no. A page is copied, so that nothing is done
  // under its lock.
  template <typename Visit>
  void visit_from(Datum key, bool null, Visit visit) {
    ++report_.ranges;
    for (bool more = cursor_.seek(key, null); more; more = cursor_.next_leaf()) {
      CHECK_FOR_INTERRUPTS();
      const Leaf leaf = cursor_.leaf();
      memcpy(leaf_, leaf.page, BLCKSZ);
      cursor_.unlock();
      for (OffsetNumber at = leaf.first; at < leaf.end; ++at) {
        IndexTuple entry = cursor_.entry(leaf_, at);
        if (entry == nullptr) continue;
        ++report_.entries;
        if (!visit(entry)) {
          cursor_.release();
          return;
        }
      }
    }
  }

  void visit(IndexTuple entry, int64 cell) {
    const double squared = squared_chord(centre_, cell_position(cell));
    if (squared >= radius_.outside || !passes_filters(entry) || !is_visible(entry)) return;
    if (squared > radius_.inside && !is_within(pack_tid(entry->t_tid))) return;
    add(entry, squared);
  }

  void visit_unlocated(IndexTuple entry) {
    if (passes_filters(entry) && is_visible(entry) && has_no_point(pack_tid(entry->t_tid)))
      add(entry, std::numeric_limits<double>::infinity());
  }

  // As an index-only scan does: the heap is asked only for pages that are not all-visible.
  bool is_visible(IndexTuple entry) {
    if (visibility_.all_visible(ItemPointerGetBlockNumber(&entry->t_tid))) return true;
    ++report_.heap_fetches;
    return tailors_.read(pack_tid(entry->t_tid));
  }

  Datum included(IndexTuple entry, int column, bool& null) const {
    return index_getattr(entry, column + 1, RelationGetDescr(cursor_.index()), &null);
  }

  bool passes_filters(IndexTuple entry) {
    const SearchShape& shape = request_.shape;
    bool null = false;
    if (shape.min_experience || shape.max_experience) {
      const int32 years = DatumGetInt32(included(entry, table_.covering.experience, null));
      if (null || (shape.min_experience && years < request_.min_experience) ||
          (shape.max_experience && years > request_.max_experience))
        return false;
    }
    if (shape.min_rating) {
      const double rating = DatumGetFloat8(included(entry, table_.covering.rating, null));
      // NaN is greater than every number, in PostgreSQL.
      if (null || rating < request_.min_rating) return false;
    }
    if (!shape.skills) return true;
    const Datum skills = included(entry, table_.covering.skills, null);
    return !null && DatumGetBool(FunctionCall2Coll(&overlap_, skills_collation_, skills,
                                                   PointerGetDatum(request_.skills)));
  }

  int64 rank(IndexTuple entry) const {
    if (request_.shape.sort_by == SortBy::distance) return 0;
    bool null = false;
    if (request_.shape.sort_by == SortBy::experience) {
      const Datum years = included(entry, table_.covering.experience, null);
      return null ? null_rank : -int64{DatumGetInt32(years)};
    }
    const Datum rating = included(entry, table_.covering.rating, null);
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
    return tailors_.column(table_.point, null);
  }

  void add(IndexTuple entry, double squared) {
    if (candidates_.count == candidates_.room) {
      candidates_.room *= 2;
      candidates_.items =
          static_cast<Candidate*>(repalloc_huge(candidates_.items, candidates_.room * sizeof(Candidate)));
    }
    candidates_.items[candidates_.count++] = {
        .rank = rank(entry), .squared_chord = squared, .row = pack_tid(entry->t_tid, number_)};
  }

  const NativePlan& plan_;
  const Request& request_;
  const RowReader* all_tailors_;
  PostgisDistance& distance_;
  Report& report_;
  const Position centre_;
  const RadiusBounds radius_;
  // Of the table that is scanned now.
  std::size_t number_ = 0;
  TailorTable table_{};
  RowReader tailors_{};
  BtreeCursor cursor_{};
  VisibilityMap visibility_{};
  Oid skills_collation_ = InvalidOid;

  Page leaf_;  // a copy
  FmgrInfo overlap_{};
  Candidates candidates_{};
};

static_assert(std::is_trivially_destructible_v<CoveringScan>, "an error leaves it behind");

}  // namespace

Candidates scan_covering(const NativePlan& plan, const Request& request, const RowReader* tailors,
                         PostgisDistance& distance, Report& report) {
  return CoveringScan(plan, request, tailors, distance, report).run();
}

}  // namespace tailor
