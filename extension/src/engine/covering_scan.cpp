#include "src/engine/covering_scan.hpp"

#include <limits>

#include "core/covering.hpp"
#include "core/geometry.hpp"
#include "src/boundary.hpp"
#include "src/engine/covering_entry.hpp"
#include "src/index/btree_cursor.hpp"
#include "src/index/visibility_map.hpp"
#include "src/postgis/geography_point.hpp"

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

// The entries of a page that are in the range: neighbours in the index, which are neighbours on earth.
struct Run {
  int count = 0;
  int64 cells[MaxIndexTuplesPerPage];
  IndexTuple entries[MaxIndexTuplesPerPage];

  void add(IndexTuple entry, int64 cell) {
    cells[count] = cell;
    entries[count++] = entry;
  }
};

// So few are judged one by one: to decode their cells in one go costs less than to look for cells that hold
// several.
constexpr int kFew = 64;

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
        leaf_(static_cast<Page>(palloc(BLCKSZ))),
        reader_(request),
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
    cursor_.open(index.index, tailors_.snapshot);
    visibility_.open(tailors_.table, tailors_.snapshot);
    reader_.open(tailors_.table, cursor_.index(), index, plan_.tables[number].columns[kSkills]);
    for (int i = 0; i < covering.count; ++i) scan(covering.ranges[i]);
    if (request_.shape.include_unlocated) scan_unlocated();
    tailors_.release();
    visibility_.release();
    cursor_.close();
  }

  void scan(const CellRange& range) {
    const auto visit = [this, &range](IndexTuple entry) {
      bool null = false;
      const int64 cell = reader_.cell(entry, null);
      if (null || cell > range.last) return false;
      run_.add(entry, cell);
      return true;
    };
    visit_from(cursor_.seek_number(range.first), visit, [this] {
      if (run_.count > 0) judge(0, run_.count);
      run_.count = 0;
    });
  }

  void scan_unlocated() {
    const auto visit = [this](IndexTuple entry) {
      bool null = false;
      reader_.cell(entry, null);
      if (null) visit_unlocated(entry);
      return null;
    };
    visit_from(cursor_.seek(Datum{0}, true), visit, [] {});
  }

  // Calls visit for each entry from the cursor's on, until it says no, and leave before a page's entries are
  // gone. A page is copied, so that nothing is done under its lock.
  template <typename Visit, typename Leave>
  void visit_from(bool more, Visit visit, Leave leave) {
    ++report_.ranges;
    while (more) {
      CHECK_FOR_INTERRUPTS();
      const Leaf leaf = cursor_.leaf();
      memcpy(leaf_, leaf.page, BLCKSZ);
      cursor_.unlock();
      for (OffsetNumber at = leaf.first; more && at < leaf.end; ++at) {
        IndexTuple entry = cursor_.entry(leaf_, at);
        if (entry == nullptr) continue;
        ++report_.entries;
        more = visit(entry);
      }
      leave();
      if (more)
        more = cursor_.next_leaf();
      else
        cursor_.release();
    }
  }

  // Entries of the run together, by the smallest cell that holds them: within the radius, or without. Where
  // that cannot be said, by its children.
  void judge(int first, int end) {
    if (end - first <= kFew) return visit_alone(first, end);
    const Surroundings cell = surroundings(centre_, run_.cells[first], run_.cells[end - 1]);
    if (cell.most <= radius_.inside) return visit_inside(first, end, cell.least);
    if (cell.least >= radius_.outside) return;
    if (cell.level < 0 || cell.level == kLeafLevel) return visit_alone(first, end);
    for (int child = first, next = first; child < end; child = next) {
      while (next < end && in_one_child(run_.cells[child], run_.cells[next], cell.level)) ++next;
      judge(child, next);
    }
  }

  // A cell within the radius is read only where it may come onto the page.
  void visit_inside(int first, int end, double least) {
    for (int i = first; i < end; ++i) {
      IndexTuple entry = run_.entries[i];
      if (!is_match(entry)) continue;
      ++report_.matches;
      const int64 rank = reader_.rank(entry);
      if (candidates_.may_pass(rank, least))
        offer(entry, rank, squared_chord(centre_, cell_position(run_.cells[i])));
    }
  }

  void visit_alone(int first, int end) {
    double chords[MaxIndexTuplesPerPage];  // squared
    squared_chords(centre_, {&run_.cells[first], static_cast<std::size_t>(end - first)}, chords);
    for (int i = first; i < end; ++i) {
      IndexTuple entry = run_.entries[i];
      const double squared = chords[i - first];
      if (squared >= radius_.outside || !is_match(entry)) continue;
      if (squared > radius_.inside && !is_within(pack_tid(entry->t_tid))) continue;
      ++report_.matches;
      offer(entry, reader_.rank(entry), squared);
    }
  }

  void visit_unlocated(IndexTuple entry) {
    if (!is_match(entry) || !has_no_point(pack_tid(entry->t_tid))) return;
    ++report_.matches;
    offer(entry, reader_.rank(entry), std::numeric_limits<double>::infinity());
  }

  void offer(IndexTuple entry, int64 rank, double squared) {
    if (candidates_.may_pass(rank, squared))
      candidates_.add({.rank = rank, .squared_chord = squared, .row = pack_tid(entry->t_tid, number_)});
  }

  bool is_match(IndexTuple entry) {
    if (!reader_.passes_filters(entry)) return false;
    if (!reader_.needs_row()) return is_visible(entry);
    ++report_.heap_fetches;
    return tailors_.read(pack_tid(entry->t_tid)) && reader_.row_passes_filters(tailors_);
  }

  // As an index-only scan does: the heap is read only for pages that are not all-visible.
  bool is_visible(IndexTuple entry) {
    if (visibility_.all_visible(ItemPointerGetBlockNumber(&entry->t_tid))) return true;
    ++report_.heap_fetches;
    return tailors_.read(pack_tid(entry->t_tid));
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
    return tailors_.column(point_, null);
  }

  static constexpr std::size_t kSkills = 5;  // of tailor_columns

  const NativePlan& plan_;
  const Request& request_;
  const RowReader* all_tailors_;
  PostgisDistance& distance_;
  Report& report_;
  const Position centre_;
  const RadiusBounds radius_;
  // Of the table that is scanned now.
  std::size_t number_ = 0;
  RowReader tailors_{};
  AttrNumber point_ = 0;
  BtreeCursor cursor_{};
  VisibilityMap visibility_{};

  Page leaf_;  // a copy
  Run run_;
  EntryReader reader_;
  Candidates candidates_;
};

static_assert(std::is_trivially_destructible_v<CoveringScan>, "an error leaves it behind");

}  // namespace

Candidates scan_covering(const NativePlan& plan, const Request& request, const RowReader* tailors,
                         PostgisDistance& distance, Report& report) {
  return CoveringScan(plan, request, tailors, distance, report).run();
}

}  // namespace tailor
