#include "src/native_engine.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include "pure/geometry.hpp"
#include "src/kept_plan.hpp"
#include "src/keyed_reader.hpp"
#include "src/recent_buffers.hpp"

extern "C" {
#include "access/transam.h"
#include "utils/snapmgr.h"
}

namespace tailor::native_engine {
namespace {

// A candidate of the page's window, with what decides its place.
struct Contender {
  Candidate candidate;
  bool located;
  double kilometres;  // PostGIS's, where located
  const text* id;
  HeapTuple row;  // null where there are so many that each is fetched again for the page
};

// What is to be read for a tailor of the page.
struct Wanted {
  Tailor* tailor;
  bool user, works;
  TextKey user_id, id;
};

// Rows of so many contenders are kept in memory, which is some hundred bytes each.
constexpr std::size_t kMostKeptRows = 1000;
// More would push each other out of the processor's cache.
constexpr std::size_t kMostExpected = 100;

// An index that was built while a snapshot like ours was alive may lack what that snapshot sees.
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

class PageBuilder {
 public:
  PageBuilder(const Binding& binding, const Request& request, Report& report)
      : plan_(*binding.native),
        request_(request),
        report_(report),
        distance_(request.lat, request.lng),
        snapshot_(GetActiveSnapshot()) {
    tailors_ = static_cast<RowReader*>(palloc(sizeof(RowReader) * plan_.table_count));
    for (int i = 0; i < plan_.table_count; ++i) tailors_[i].open(plan_.tables[i].relation, snapshot_);
    users_.open(binding.relations.user, plan_.user.index, snapshot_);
    works_.open(binding.relations.sample_work, plan_.sample_work.index, snapshot_);
  }

  Answer build() {
    report_.index = plan_.index;
    const Candidates matches = scan_covering(plan_, request_, tailors_, distance_, report_);
    Answer answer{.total = report_.matches, .tailors = NIL};

    PhaseClock rank_clock(report_, kRank);
    const auto offset = static_cast<std::size_t>(request_.offset());
    const Window window = page_window(matches.items(), matches.count(), offset, request_.page_size);
    const std::size_t contenders = window.last - window.first;
    const Contender* sorted = rank_exactly(matches.items() + window.first, contenders);
    report_.distances_by = distance_.asked();
    rank_clock.stop();

    PhaseClock rows_clock(report_, kRows);
    for (std::size_t i = offset - window.first; i < contenders; ++i) {
      if (list_length(answer.tailors) == request_.page_size) break;
      answer.tailors = lappend(answer.tailors, read_tailor(sorted[i]));
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
    for (int i = 0; i < plan_.table_count; ++i) tailors_[i].close();
  }

  // Sorts by the exact distance and the id those whose order the bounds leave open.
  Contender* rank_exactly(const Candidate* candidates, std::size_t count) {
    auto* contenders =
        static_cast<Contender*>(palloc_extended(Max(count, 1) * sizeof(Contender), MCXT_ALLOC_HUGE));
    if (count <= kMostExpected) expect_rows(candidates, count);
    for (std::size_t i = 0; i < count; ++i) contenders[i] = weigh(candidates[i], count <= kMostKeptRows);
    const AttrNumber id = plan_.tables[0].columns[0];  // of one collation in all partitions
    const Oid collation = TupleDescAttr(RelationGetDescr(tailors_[0].table), id - 1)->attcollation;
    std::sort(contenders, contenders + count,
              [collation](const Contender& a, const Contender& b) { return stands_before(a, b, collation); });
    return contenders;
  }

  Contender weigh(const Candidate& candidate, bool keep) {
    CHECK_FOR_INTERRUPTS();
    const RowReader& tailors = fetch(candidate.row);
    const TailorTable& table = plan_.tables[table_of(candidate.row)];
    bool null = false;
    Contender contender{.candidate = candidate,
                        .located = std::isfinite(candidate.squared_chord),
                        .kilometres = 0,
                        .id = DatumGetTextPCopy(tailors.column(table.columns[0], null)),
                        .row = keep ? tailors.copy_row() : nullptr};
    if (contender.located) {
      contender.kilometres = distance_.kilometres(tailors.column(table.point, null));
      ++report_.exact_distances;
    }
    return contender;
  }

  // varstr_cmp could raise for a text it cannot convert, as the SQL engine's sort would; std::sort owns
  // nothing here.
  static bool stands_before(const Contender& a, const Contender& b, Oid collation) {
    if (a.candidate.rank != b.candidate.rank) return a.candidate.rank < b.candidate.rank;
    if (a.located != b.located) return a.located;
    if (a.located && a.kilometres != b.kilometres) return a.kilometres < b.kilometres;
    return varstr_cmp(VARDATA_ANY(a.id), static_cast<int>(VARSIZE_ANY_EXHDR(a.id)), VARDATA_ANY(b.id),
                      static_cast<int>(VARSIZE_ANY_EXHDR(b.id)), collation) < 0;
  }

  const RowReader& fetch(uint64 place) {
    const RowReader& tailors = tailors_[table_of(place)];
    ++report_.heap_fetches;
    if (!tailors.read(place)) elog(ERROR, "tailor_search: a visible row is gone");
    return tailors;
  }

  Tailor* read_tailor(const Contender& contender) {
    const std::size_t table = table_of(contender.candidate.row);
    HeapTuple row = contender.row;
    if (row == nullptr) row = fetch(contender.candidate.row).copy_row();
    auto* tailor = static_cast<Tailor*>(palloc0(sizeof(Tailor)));
    tailors_[table].take_columns(row, plan_.tables[table].columns, tailor->columns);
    tailor->located = contender.located;
    tailor->distance_km = contender.kilometres;
    return tailor;
  }

  // What is remembered of all is fetched from memory at once, then where that leads to: one after the other,
  // each would be waited for.
  void read_relations(List* tailors) {
    const std::size_t count = list_length(tailors);
    const std::span all(static_cast<Wanted*>(palloc(sizeof(Wanted) * Max(count, 1))), count);
    for (std::size_t i = 0; i < count; ++i)
      all[i] = want(static_cast<Tailor*>(list_nth(tailors, static_cast<int>(i))));
    for (const Wanted& each : all) {
      if (each.user) KeyedReader::expect_place(each.user_id);
      if (each.works) KeyedReader::expect_place(each.id);
    }
    for (const Wanted& each : all) {
      if (each.user) users_.expect_entry(each.user_id);
      if (each.works) works_.expect_entry(each.id);
    }
    for (const Wanted& each : all) {
      if (each.user) users_.expect_guess(each.user_id);
      if (each.works) works_.expect_guess(each.id);
    }
    for (const Wanted& each : all) {
      if (each.user) read_user(each);
      if (each.works) read_works(each);
    }
  }

  Wanted want(Tailor* tailor) const {
    std::fill(std::begin(tailor->user.null), std::end(tailor->user.null), true);
    Wanted wanted{.tailor = tailor,
                  .user = !tailor->columns.null[kUserId],
                  .works = request_.sample_works > 0,
                  .user_id = {},
                  .id = {}};
    if (wanted.user) wanted.user_id = users_.key(tailor->columns.value[kUserId]);
    if (wanted.works) wanted.id = works_.key(tailor->columns.value[0]);
    return wanted;
  }

  void expect_rows(const Candidate* candidates, std::size_t count) const {
    const auto each = [&](auto&& visit) {
      for (std::size_t i = 0; i < count; ++i) {
        const ItemPointerData tid = unpack_tid(candidates[i].row);
        visit(tailors_[table_of(candidates[i].row)].table, ItemPointerGetBlockNumber(&tid),
              ItemPointerGetOffsetNumber(&tid));
      }
    };
    each([](Relation table, BlockNumber block, OffsetNumber) { RecentBuffers::expect(table, block); });
    each(RecentBuffers::expect_page);
  }

  void read_user(const Wanted& wanted) {
    users_.each(wanted.user_id, plan_.user, [&wanted](const User& user) {
      wanted.tailor->user = user;
      return false;
    });
  }

  void read_works(const Wanted& wanted) {
    Tailor& tailor = *wanted.tailor;
    works_.each(wanted.id, plan_.sample_work, [this, &tailor](const SampleWork& work) {
      if (plan_.sample_work.newest_first && list_length(tailor.works) >= request_.sample_works &&
          is_older(work, *static_cast<const SampleWork*>(llast(tailor.works))))
        return false;
      auto* kept = static_cast<SampleWork*>(palloc(sizeof(SampleWork)));
      *kept = work;
      tailor.works = lappend(tailor.works, kept);
      return true;
    });
    list_sort(tailor.works, newest_first);
    tailor.works = list_truncate(tailor.works, request_.sample_works);
  }

  // Descending, so null first, as in SQL.
  static int compare_dates(const SampleWork& a, const SampleWork& b) {
    if (a.null[kCreatedAt] || b.null[kCreatedAt]) return int{b.null[kCreatedAt]} - int{a.null[kCreatedAt]};
    return timestamp_cmp_internal(DatumGetTimestamp(b.value[kCreatedAt]),
                                  DatumGetTimestamp(a.value[kCreatedAt]));
  }

  static int newest_first(const ListCell* a, const ListCell* b) {
    const auto* left = static_cast<const SampleWork*>(lfirst(a));
    const auto* right = static_cast<const SampleWork*>(lfirst(b));
    if (const int dates = compare_dates(*left, *right)) return dates;
    return varstr_cmp(VARDATA_ANY(left->value[0]), static_cast<int>(VARSIZE_ANY_EXHDR(left->value[0])),
                      VARDATA_ANY(right->value[0]), static_cast<int>(VARSIZE_ANY_EXHDR(right->value[0])),
                      DEFAULT_COLLATION_OID);
  }

  static bool is_older(const SampleWork& work, const SampleWork& than) {
    return compare_dates(work, than) > 0;
  }

  static constexpr std::size_t kUserId = 1;     // of tailor_columns
  static constexpr std::size_t kCreatedAt = 3;  // of sample_work_columns

  const NativePlan& plan_;
  const Request& request_;
  Report& report_;
  PostgisDistance distance_;
  Snapshot snapshot_;
  RowReader* tailors_;  // one for each table of the plan
  KeyedReader users_{};
  KeyedReader works_{};
};

static_assert(std::is_trivially_destructible_v<PageBuilder>, "an error leaves it behind");

}  // namespace

const char* refusal(Binding& binding, const Request& request, Oid caller) {
  if (request.metres() > kFarthestBoundedMetres)
    return "the radius is larger than the error bounds are known for";
  const NativePlan& plan = current_plan(binding, caller);
  if (plan.refusal != nullptr) return plan.refusal;
  if (const char* reason = native_refusal(binding.relations, plan)) return reason;
  if (any_is_too_new(plan)) return "an index is too new for this transaction's snapshot";
  return nullptr;
}

Answer search(const Binding& binding, const Request& request, Report& report) {
  return PageBuilder(binding, request, report).build();
}

}  // namespace tailor::native_engine
