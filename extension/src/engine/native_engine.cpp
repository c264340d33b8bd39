#include "src/engine/native_engine.hpp"

#include <algorithm>
#include <cmath>
#include <new>
#include <span>
#include <string_view>

#include "core/geometry.hpp"
#include "src/binding/collation_check.hpp"
#include "src/binding/kept_plan.hpp"
#include "src/engine/newest_works.hpp"
#include "src/engine/text_order.hpp"
#include "src/index/keyed_reader.hpp"

extern "C" {
#include "access/transam.h"
#include "utils/snapmgr.h"
}

namespace tailor::native_engine {
namespace {

// A candidate with everything that determines its rank.
struct RankedCandidate {
  Candidate candidate;
  bool located;
  double kilometres;  // PostGIS's distance, where located
  const text* id;     // nullptr: NULL
  HeapTuple row;      // nullptr with many candidates: then the page's rows are fetched again
};

// The keys of a tailor's user and works.
struct RelationKeys {
  Tailor* tailor;
  bool user, works;
  TextKey user_id, id;
};

// With more candidates than this, their rows (some hundred bytes each) are not held in memory.
constexpr std::size_t kMaxKeptRows = 1000;

// An index built while this snapshot was already in use may lack rows that the snapshot sees.
bool is_too_new(Oid index_oid) {
  Relation index = index_open(index_oid, AccessShareLock);
  const bool too_new =
      index->rd_index->indcheckxmin &&
      !TransactionIdPrecedes(HeapTupleHeaderGetXmin(index->rd_indextuple->t_data), TransactionXmin);
  index_close(index, NoLock);
  return too_new;
}

bool any_is_too_new(const NativePlan& plan) {
  return is_too_new(plan.user.index) || is_too_new(plan.sample_work.index) ||
         std::any_of(plan.tables, plan.tables + plan.table_count,
                     [](const TailorTable& table) { return is_too_new(table.covering.index); });
}

RowReader* open_tailors(const NativePlan& plan, Snapshot snapshot) {
  auto* tailors = static_cast<RowReader*>(palloc(sizeof(RowReader) * plan.table_count));
  for (int i = 0; i < plan.table_count; ++i) tailors[i].open(plan.tables[i].relation, snapshot);
  return tailors;
}

void close_tailors(const NativePlan& plan, const RowReader* tailors) {
  for (int i = 0; i < plan.table_count; ++i) tailors[i].close();
}

// nullptr if the request wants none.
FacetCounts* new_facet_counts(const Relations& relations, const Request& request) {
  if (!request.facets) return nullptr;
  const Oid collation = collation_of(relations.tailor, "skills");
  return new (palloc(sizeof(FacetCounts))) FacetCounts(collation);
}

Facets* finish(FacetCounts* counts, Report& report) {
  if (counts == nullptr) return nullptr;
  PhaseClock clock(report, kFacetPhase);
  report.faceted = counts->tailors();
  Facets* facets = counts->finish();
  clock.stop();
  return facets;
}

Counts new_counts(const Relations& relations, const Request& request) {
  return {new_facet_counts(relations, request),
          request.clusters ? new (palloc(sizeof(ClusterCounts))) ClusterCounts(request.zoom) : nullptr};
}

// The id of a tailor that is alone in its cluster.
const text* read_id(const NativePlan& plan, const RowReader* tailors, uint64 row) {
  CHECK_FOR_INTERRUPTS();
  const std::size_t table = table_of(row);
  if (!tailors[table].read(row)) elog(ERROR, "tailor_search: a visible row is gone");
  bool null = false;
  const Datum id = tailors[table].column(plan.tables[table].columns[0], null);
  return null ? nullptr : DatumGetTextPCopy(id);
}

Clusters* finish(ClusterCounts* counts, const NativePlan& plan, const RowReader* tailors, Report& report) {
  if (counts == nullptr) return nullptr;
  PhaseClock clock(report, kClusterPhase);
  Clusters* clusters = counts->finish([&](const ClusterTally& tally) {
    ++report.heap_fetches;
    return read_id(plan, tailors, tally.row);
  });
  report.clusters = clusters->count;
  clock.stop();
  return clusters;
}

class PageBuilder {
 public:
  PageBuilder(const Relations& relations, const NativePlan& plan, const Request& request, Report& report)
      : plan_(plan),
        request_(request),
        report_(report),
        distance_(request.lat, request.lng),
        snapshot_(GetActiveSnapshot()),
        tailors_(open_tailors(plan, snapshot_)),
        counts_(new_counts(relations, request)) {
    users_.open(relations.user, plan_.user.index, plan_.user.index_only, snapshot_);
    works_.open(relations.sample_work, plan_.sample_work.index, plan_.sample_work.index_only, snapshot_);
  }

  Answer build() {
    report_.index = plan_.index;
    const Candidates matches = scan_covering(plan_, request_, tailors_, distance_, report_, counts_);
    Answer answer{.total = report_.matches,
                  .tailors = NIL,
                  .more = matches.remaining > request_.offset() + request_.page_size,
                  .radius_km = 0,
                  .facets = finish(counts_.facets, report_),
                  .clusters = finish(counts_.clusters, plan_, tailors_, report_)};

    PhaseClock rank_clock(report_, kRank);
    const auto offset = static_cast<std::size_t>(request_.offset());
    const Window window = page_window(matches.items(), matches.count(), offset, request_.page_size);
    const std::size_t count = window.last - window.first;
    const RankedCandidate* ranked = rank_exactly(matches.items() + window.first, count);
    report_.distances_by = distance_.asked();
    rank_clock.stop();

    PhaseClock rows_clock(report_, kRows);
    for (std::size_t i = offset - window.first; i < count; ++i) {
      if (list_length(answer.tailors) == request_.page_size) break;
      answer.tailors = lappend(answer.tailors, read_tailor(ranked[i]));
    }
    read_relations(answer.tailors);
    close();
    rows_clock.stop();
    return answer;
  }

 private:
  void close() {
    works_.close();
    users_.close();
    close_tailors(plan_, tailors_);
  }

  // Sorts by exact distance and id where the distance bounds overlap.
  RankedCandidate* rank_exactly(const Candidate* candidates, std::size_t count) {
    auto* ranked = static_cast<RankedCandidate*>(
        palloc_extended(Max(count, 1) * sizeof(RankedCandidate), MCXT_ALLOC_HUGE));
    for (std::size_t i = 0; i < count; ++i) ranked[i] = compute_rank(candidates[i], count <= kMaxKeptRows);
    std::sort(ranked, ranked + count, [collation = plan_.id_collation](const auto& a, const auto& b) {
      return ranks_before(a, b, collation);
    });
    return ranked;
  }

  RankedCandidate compute_rank(const Candidate& candidate, bool keep) {
    CHECK_FOR_INTERRUPTS();
    const RowReader& tailors = fetch(candidate.row);
    const TailorTable& table = plan_.tables[table_of(candidate.row)];
    bool no_id = false;
    const Datum id = tailors.column(table.columns[0], no_id);
    RankedCandidate ranked{.candidate = candidate,
                           .located = std::isfinite(candidate.squared_chord),
                           .kilometres = 0,
                           .id = no_id ? nullptr : DatumGetTextPCopy(id),
                           .row = keep ? tailors.copy_row() : nullptr};
    if (ranked.located) {
      bool null = false;
      ranked.kilometres = distance_.kilometres(tailors.column(table.point, null));
      ++report_.exact_distances;
    }
    return ranked;
  }

  static bool ranks_before(const RankedCandidate& a, const RankedCandidate& b, Oid collation) {
    if (a.candidate.rank != b.candidate.rank) return a.candidate.rank < b.candidate.rank;
    if (a.located != b.located) return a.located;
    if (a.located && a.kilometres != b.kilometres) return a.kilometres < b.kilometres;
    return compare_nulls_last(a.id, b.id, collation) < 0;
  }

  const RowReader& fetch(uint64 place) {
    const RowReader& tailors = tailors_[table_of(place)];
    ++report_.heap_fetches;
    if (!tailors.read(place)) elog(ERROR, "tailor_search: a visible row is gone");
    return tailors;
  }

  Tailor* read_tailor(const RankedCandidate& ranked) {
    const std::size_t table = table_of(ranked.candidate.row);
    HeapTuple row = ranked.row;
    if (row == nullptr) row = fetch(ranked.candidate.row).copy_row();
    auto* tailor = static_cast<Tailor*>(palloc0(sizeof(Tailor)));
    tailors_[table].take_columns(row, plan_.tables[table].columns, tailor->columns);
    tailor->located = ranked.located;
    tailor->distance_km = ranked.kilometres;
    return tailor;
  }

  // Each step prefetches for all tailors before the next step reads, so that cache misses overlap.
  void read_relations(List* tailors) {
    const std::size_t count = list_length(tailors);
    const std::span all(static_cast<RelationKeys*>(palloc(sizeof(RelationKeys) * Max(count, 1))), count);
    for (std::size_t i = 0; i < count; ++i)
      all[i] = relation_keys(static_cast<Tailor*>(list_nth(tailors, static_cast<int>(i))));
    for (const RelationKeys& keys : all) {
      if (keys.user) users_.prefetch_place(keys.user_id);
      if (keys.works) works_.prefetch_place(keys.id);
    }
    for (const RelationKeys& keys : all) {
      if (keys.user) users_.prefetch_entry(keys.user_id);
      if (keys.works) works_.prefetch_entry(keys.id);
    }
    for (const RelationKeys& keys : all) {
      if (keys.user) read_user(keys);
      if (keys.works) read_works(keys);
    }
  }

  // A NULL key equals nothing: such a tailor has no user or no works.
  RelationKeys relation_keys(Tailor* tailor) const {
    std::fill(std::begin(tailor->user.null), std::end(tailor->user.null), true);
    RelationKeys keys{.tailor = tailor,
                      .user = !tailor->columns.null[kUserId],
                      .works = request_.sample_works > 0 && !tailor->columns.null[kId],
                      .user_id = {},
                      .id = {}};
    if (keys.user) keys.user_id = users_.key(tailor->columns.value[kUserId]);
    if (keys.works) keys.id = works_.key(tailor->columns.value[kId]);
    return keys;
  }

  void read_user(const RelationKeys& keys) {
    users_.each(keys.user_id, plan_.user, [&keys](const User& user) {
      keys.tailor->user = user;
      return false;
    });
  }

  void read_works(const RelationKeys& keys) {
    NewestWorks newest(request_.sample_works, plan_.work_id_collation);
    works_.each(keys.id, plan_.sample_work, [this, &newest](const SampleWork& work) {
      if (plan_.sample_work.newest_first && newest.is_full_of_newer_than(work)) return false;
      newest.add(work);
      return true;
    });
    keys.tailor->works = newest.list();
  }

  static constexpr std::size_t kId = 0;  // of tailor_columns
  static constexpr std::size_t kUserId = 1;

  const NativePlan& plan_;
  const Request& request_;
  Report& report_;
  PostgisDistance distance_;
  Snapshot snapshot_;
  RowReader* tailors_;  // one for each table of the plan
  Counts counts_;
  KeyedReader users_{};
  KeyedReader works_{};
};

static_assert(std::is_trivially_destructible_v<PageBuilder>, "an error leaves it behind");

}  // namespace

Choice choose(Binding& binding, const Request& request, Oid caller) {
  if (!request.shape.box && request.metres() > kFarthestBoundedMetres)
    return {nullptr, "the radius is larger than the error bounds are known for"};
  const NativePlan& plan = current_plan(binding, caller);
  if (plan.refusal != nullptr) return {nullptr, pstrdup(plan.refusal)};
  if (const char* reason = native_refusal(binding.relations, plan)) return {nullptr, reason};
  if (any_is_too_new(plan)) return {nullptr, "an index is too new for this transaction's snapshot"};
  return {&plan, nullptr};
}

Answer search(const Relations& relations, const NativePlan& plan, const Request& request, Report& report) {
  return PageBuilder(relations, plan, request, report).build();
}

Facets* count_facets(const Relations& relations, const NativePlan& plan, const Request& request,
                     Report& report) {
  PostgisDistance distance(request.lat, request.lng);
  const RowReader* tailors = open_tailors(plan, GetActiveSnapshot());
  const Counts counts = new_counts(relations, request);
  scan_covering(plan, request, tailors, distance, report, counts);
  close_tailors(plan, tailors);
  return finish(counts.facets, report);
}

Clusters* count_clusters(const Relations& relations, const NativePlan& plan, const Request& request,
                         Report& report) {
  PostgisDistance distance(request.lat, request.lng);
  const RowReader* tailors = open_tailors(plan, GetActiveSnapshot());
  const Counts counts = new_counts(relations, request);
  scan_covering(plan, request, tailors, distance, report, counts);
  Clusters* clusters = finish(counts.clusters, plan, tailors, report);
  close_tailors(plan, tailors);
  return clusters;
}

}  // namespace tailor::native_engine
