#include "src/engine/engine.hpp"

#include "src/binding/binding.hpp"
#include "src/engine/native_engine.hpp"
#include "src/engine/sql_engine.hpp"
#include "src/index/scan.hpp"
#include "src/settings.hpp"

namespace tailor {
namespace {

native_engine::Choice choose(Binding& binding, const Request& request, Oid caller) {
  if (settings::engine == settings::kSql) return {nullptr, "tailor_search.engine is sql"};
  const native_engine::Choice choice = native_engine::choose(binding, request, caller);
  if (choice.plan == nullptr && settings::engine == settings::kNative)
    ereport(
        ERROR,
        (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
         errmsg("the native engine cannot serve this search: %s", choice.refusal),
         errhint("SET tailor_search.engine = auto lets the SQL engine answer where the native one cannot.")));
  return choice;
}

const NativePlan* choose(Binding& binding, const Request& request, Oid caller, Report& report) {
  const native_engine::Choice choice = choose(binding, request, caller);
  report.native = choice.plan != nullptr;
  if (!report.native)
    report.reason = choice.refusal;
  else
    report.reason = reads_nbtree_pages() ? "the tables have what it needs"
                                         : "the tables have what it needs; access methods read the indexes";
  return choice.plan;
}

Facets* facets_by_sql(Binding& binding, const Request& request, Report& report) {
  PhaseClock clock(report, kFacetPhase);
  Facets* facets = sql_engine::count_facets(binding, request);
  clock.stop();
  return facets;
}

Clusters* clusters_by_sql(Binding& binding, const Request& request, Report& report) {
  PhaseClock clock(report, kClusterPhase);
  Clusters* clusters = sql_engine::count_clusters(binding, request);
  report.clusters = clusters->count;
  clock.stop();
  return clusters;
}

Answer search_bound(Binding& binding, const Request& request, Oid caller, Report& report) {
  if (const NativePlan* plan = choose(binding, request, caller, report))
    return native_engine::search(binding.relations, *plan, request, report);
  PhaseClock clock(report, kScan);
  Answer answer = sql_engine::search(binding, request);
  clock.stop();
  report.matches = answer.total;
  if (request.facets) answer.facets = facets_by_sql(binding, request, report);
  if (request.clusters) answer.clusters = clusters_by_sql(binding, request, report);
  return answer;
}

double farthest_km(const Answer& answer) {
  return static_cast<Tailor*>(llast(answer.tailors))->distance_km;
}

// Whether no tailor outside the circle may precede the last of the nearest. ST_Distance, which decides the
// order, is rounded to 10 nm, and ST_DWithin, which decides the circle, is not.
bool has_nearest(const Answer& answer, const Request& circle) {
  constexpr double kRounding = 1e-9;  // km
  return answer.total >= circle.nearest && farthest_km(answer) < circle.max_distance_km - kRounding;
}

// Widens the circle until it has enough, so that a crowded place costs no more than what is near. Below a
// metre PostGIS's index, whose coordinates are rounded, would begin to decide which tailors are in the
// circle.
Answer search_nearest(Binding& binding, const Request& request, Oid caller, Report& report) {
  constexpr double kFirst = 1.0 / 243, kFactor = 3, kLeast = 0.001;  // at most six circles
  Request circle = request;
  circle.max_distance_km = Min(request.max_distance_km, Max(kLeast, request.max_distance_km * kFirst));
  Answer answer = search_bound(binding, circle, caller, report);
  while (!has_nearest(answer, circle) && circle.max_distance_km < request.max_distance_km) {
    CHECK_FOR_INTERRUPTS();
    circle.max_distance_km = Min(request.max_distance_km, circle.max_distance_km * kFactor);
    report.matches = 0;
    answer = search_bound(binding, circle, caller, report);
  }
  answer.more = false;
  answer.radius_km = answer.total < request.nearest ? request.max_distance_km : farthest_km(answer);
  answer.total = report.matches = Min(answer.total, request.nearest);
  return answer;
}

}  // namespace

Answer search(const Request& request, Oid caller, Report& report) {
  return with_binding([&](Binding& binding) {
    return request.nearest > 0 ? search_nearest(binding, request, caller, report)
                               : search_bound(binding, request, caller, report);
  });
}

Facets* count_facets(const Request& request, Oid caller, Report& report) {
  return with_binding([&](Binding& binding) {
    if (const NativePlan* plan = choose(binding, request, caller, report))
      return native_engine::count_facets(binding.relations, *plan, request, report);
    return facets_by_sql(binding, request, report);
  });
}

Clusters* count_clusters(const Request& request, Oid caller, Report& report) {
  return with_binding([&](Binding& binding) {
    if (const NativePlan* plan = choose(binding, request, caller, report))
      return native_engine::count_clusters(binding.relations, *plan, request, report);
    return clusters_by_sql(binding, request, report);
  });
}

Tailor* tailor_by_id(Datum id) {
  return with_binding([id](Binding& binding) { return sql_engine::by_id(binding, id); });
}

}  // namespace tailor
