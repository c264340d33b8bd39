#include "src/engine/covering_scan.hpp"

#include <cmath>
#include <limits>

#include "core/box.hpp"
#include "core/covering.hpp"
#include "core/geometry.hpp"
#include "src/boundary.hpp"
#include "src/engine/entry_filter.hpp"
#include "src/engine/text_order.hpp"
#include "src/index/scan.hpp"
#include "src/postgis/geography_point.hpp"

namespace tailor {
namespace {

struct CoveringRanges {
  CellRange* ranges;
  int count;
};

CoveringRanges cover(const Request& request) {
  return guarded([&request]() -> CoveringRanges {
    const auto ranges = request.shape.box ? box_covering(request.box)
                                          : circle_covering(request.lat, request.lng, request.metres());
    const std::string_view bytes{reinterpret_cast<const char*>(ranges.data()),
                                 ranges.size() * sizeof(CellRange)};
    return {reinterpret_cast<CellRange*>(palloc_copy(bytes)), static_cast<int>(ranges.size())};
  });
}

// Runs of at most this length are filtered entry by entry: decoding their cells together costs less than
// looking for common parent cells.
constexpr int kFew = 64;

class CoveringScan {
 public:
  CoveringScan(const NativePlan& plan, const Request& request, const RowReader* tailors,
               PostgisDistance& distance, Report& report, const Counts& counts)
      : plan_(plan),
        request_(request),
        all_tailors_(tailors),
        distance_(distance),
        report_(report),
        centre_(point_position(request.lat, request.lng)),
        radius_(radius_bounds(request.metres())),
        edges_(request.box),
        after_rank_(rank_of(request)),
        after_bounds_(radius_bounds(request.after.kilometres * 1000)),
        batch_(MaxIndexTuplesPerPage),
        filter_(request, counts.facets, report),
        clusters_(counts.clusters),
        candidates_(static_cast<std::size_t>(request.offset() + request.page_size)) {}

  Candidates run() {
    PhaseClock cover_clock(report_, kCover);
    const CoveringRanges covering = cover(request_);
    cover_clock.stop();
    PhaseClock scan_clock(report_, kScan);
    for (int i = 0; i < plan_.table_count; ++i) scan_table(i, covering);
    scan_clock.stop();
    return candidates_;
  }

 private:
  void scan_table(int number, const CoveringRanges& covering) {
    number_ = number;
    tailors_ = all_tailors_[number];
    point_ = plan_.tables[number].point;
    const CoveringPlan& index = plan_.tables[number].covering;
    index_ = open_index_scan({tailors_.table, index.index, tailors_.snapshot, true});
    filter_.open(tailors_, index_->index(), index, plan_.tables[number].columns[kSkills]);
    for (int i = 0; i < covering.count; ++i) scan(covering.ranges[i]);
    if (request_.shape.include_unlocated) scan_unlocated();
    tailors_.release();
    filter_.close();
    index_->close();
  }

  // The entries of a batch are neighbours in the index, and therefore on the ground.
  void scan(const CellRange& range) {
    index_->seek_numbers(range.first, range.last);
    each_batch([this] { filter_run(0, batch_.size()); });
  }

  void scan_unlocated() {
    index_->seek_nulls();
    each_batch([this] {
      for (int i = 0; i < batch_.size(); ++i) visit_unlocated(batch_[i]);
    });
  }

  template <typename Visit>
  void each_batch(Visit visit) {
    ++report_.ranges;
    while (index_->next(batch_)) {
      CHECK_FOR_INTERRUPTS();
      report_.entries += batch_.size();
      visit();
    }
  }

  // Decides for a run of entries together whether the smallest cell that contains them is within or outside
  // the area. Otherwise recurses into its child cells.
  void filter_run(int first, int end) {
    if (end - first <= kFew) return filter_each(first, end);
    const Surroundings cell = surroundings(centre_, cells()[first], cells()[end - 1]);
    const Side side = request_.shape.box ? edges_.side_of(cells()[first], cells()[end - 1])
                                         : side_of(cell.least, cell.most);
    if (side == Side::inside) return visit_inside(first, end, cell.least);
    if (side == Side::outside) return;
    if (cell.level < 0 || cell.level == kLeafLevel) return filter_each(first, end);
    for (int child = first, next = first; child < end; child = next) {
      while (next < end && in_one_child(cells()[child], cells()[next], cell.level)) ++next;
      filter_run(child, next);
    }
  }

  // Of squared chords between which those of some cells lie.
  Side side_of(double least, double most) const {
    if (most <= radius_.inside) return Side::inside;
    return least >= radius_.outside ? Side::outside : Side::edge;
  }

  // A cell within the area is only counted, unless its entries may be on the page. With a cursor it is also
  // counted which of them are after it.
  void visit_inside(int first, int end, double least) {
    const bool after = request_.shape.after;
    double chords[kMaxBatch];  // squared
    if (after) squared_chords(centre_, {cells() + first, static_cast<std::size_t>(end - first)}, chords);
    for (int i = first; i < end; ++i) {
      const IndexEntry& entry = batch_[i];
      if (!filter_.wants(entry) || !filter_.is_match(entry)) continue;
      count(entry, cells()[i]);
      const int64 rank = filter_.rank(entry);
      if (after)
        offer(entry, rank, chords[i - first]);
      else if (candidates_.may_pass(rank, least))
        offer(entry, rank, squared_chord(centre_, cell_position(cells()[i])));
      else
        ++candidates_.remaining;
    }
  }

  void filter_each(int first, int end) {
    double chords[kMaxBatch];  // squared
    squared_chords(centre_, {cells() + first, static_cast<std::size_t>(end - first)}, chords);
    const bool box = request_.shape.box;
    Side sides[kMaxBatch];
    if (box) edges_.sides_of({cells() + first, static_cast<std::size_t>(end - first)}, sides);
    for (int i = first; i < end; ++i) {
      const IndexEntry& entry = batch_[i];
      const double squared = chords[i - first];
      const Side side = box ? sides[i - first] : side_of(squared, squared);
      if (side == Side::outside || !filter_.wants(entry)) continue;
      if (side == Side::edge && !is_within(pack_tid(entry.place))) continue;
      if (!filter_.is_match(entry)) continue;
      count(entry, cells()[i]);
      offer(entry, filter_.rank(entry), squared);
    }
  }

  void visit_unlocated(const IndexEntry& entry) {
    if (!filter_.wants(entry) || !has_no_point(pack_tid(entry.place)) || !filter_.is_match(entry)) return;
    ++report_.matches;
    offer(entry, filter_.rank(entry), std::numeric_limits<double>::infinity());
  }

  void count(const IndexEntry& entry, int64 cell) {
    ++report_.matches;
    if (clusters_ == nullptr) return;
    ClusterTally& tally = clusters_->add(cell);
    if (tally.count == 1) tally.row = pack_tid(entry.place, number_);
  }

  void offer(const IndexEntry& entry, int64 rank, double squared) {
    if (request_.shape.after && !is_after(entry, rank, squared)) return;
    ++candidates_.remaining;
    if (candidates_.may_pass(rank, squared))
      candidates_.add({.rank = rank, .squared_chord = squared, .row = pack_tid(entry.place, number_)});
  }

  // Whether a match comes after the cursor's row. The row decides where the distance's bounds do not.
  bool is_after(const IndexEntry& entry, int64 rank, double squared) {
    if (rank != after_rank_) return rank > after_rank_;
    const Cursor& after = request_.after;
    const bool located = std::isfinite(squared);
    if (located != after.located) return after.located;
    if (located && squared < after_bounds_.inside) return false;
    if (located && squared >= after_bounds_.outside) return true;
    bool null = false;
    const Datum point = stored_point(pack_tid(entry.place), null);
    if (located) {
      ++report_.exact_distances;
      const double kilometres = distance_.kilometres(point);
      if (kilometres != after.kilometres) return kilometres > after.kilometres;
    }
    const Datum id = tailors_.column(plan_.tables[number_].columns[kId], null);
    return compare_nulls_last(null ? nullptr : DatumGetTextPP(id), after.id, plan_.id_collation) > 0;
  }

  // The circle's radius lies within the distance's error bound, so PostGIS decides by the stored point; or
  // the box's edge may cross the cell, so the point's coordinates decide.
  bool is_within(uint64 place) {
    bool null = false;
    const Datum point = stored_point(place, null);
    if (request_.shape.box) {
      const GeographyPoint at = null ? GeographyPoint{} : read_geography_point(point);
      return !null && request_.box.contains(at.lat, at.lng);
    }
    ++report_.exact_distances;
    return !null && distance_.within(point, request_.metres());
  }

  // A point with infinite or NaN coordinates has no cell either, but is not NULL.
  bool has_no_point(uint64 place) {
    bool null = false;
    const Datum point = stored_point(place, null);
    return null || read_geography_point(point).kind == PointKind::empty;
  }

  Datum stored_point(uint64 place, bool& null) {
    ++report_.heap_fetches;
    if (!tailors_.read(place)) elog(ERROR, "tailor_search: a visible row is gone");
    return tailors_.column(point_, null);
  }

  // Reads the cells of the batch's entries.
  const int64* cells() const { return batch_.numbers(); }

  static int64 rank_of(const Request& request) {
    const SortBy by = request.shape.sort_by;
    const Cursor& after = request.after;
    if (by == SortBy::distance) return 0;
    if (!after.has_key) return null_rank;
    return by == SortBy::rating ? descending_rank(after.key) : -static_cast<int64>(after.key);
  }

  static constexpr std::size_t kId = 0;  // of tailor_columns
  static constexpr std::size_t kSkills = 5;

  const NativePlan& plan_;
  const Request& request_;
  const RowReader* all_tailors_;
  PostgisDistance& distance_;
  Report& report_;
  const Position centre_;
  const RadiusBounds radius_;
  const BoxEdges edges_;
  const int64 after_rank_;  // of the cursor's row
  const RadiusBounds after_bounds_;
  // State of the table being scanned.
  std::size_t number_ = 0;
  RowReader tailors_{};
  AttrNumber point_ = 0;
  IndexScan* index_ = nullptr;

  EntryBatch batch_;
  EntryFilter filter_;
  ClusterCounts* clusters_;
  Candidates candidates_;
};

static_assert(std::is_trivially_destructible_v<CoveringScan>, "an error leaves it behind");

}  // namespace

Candidates scan_covering(const NativePlan& plan, const Request& request, const RowReader* tailors,
                         PostgisDistance& distance, Report& report, const Counts& counts) {
  return CoveringScan(plan, request, tailors, distance, report, counts).run();
}

}  // namespace tailor
