// tailor_search_facets(): the facets of a search as rows.
#include "src/api/arguments.hpp"
#include "src/declaration.hpp"
#include "src/engine/engine.hpp"
#include "src/materialized.hpp"
#include "src/postgres.hpp"

namespace tailor {
namespace {

enum FacetColumn { kFacetName, kFacetValue, kFacetCount, kFacetOthers, kFacetColumns };

void put_row(const ReturnSetInfo* result, Facet facet, Datum value, int64 tailors, int64 others) {
  Datum values[kFacetColumns];
  bool nulls[kFacetColumns] = {};
  values[kFacetName] = CStringGetTextDatum(facet_names[facet]);
  values[kFacetValue] = value;
  values[kFacetCount] = Int64GetDatum(tailors);
  values[kFacetOthers] = Int64GetDatum(others);
  tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

// Groups without a tailor have no row, as with GROUP BY.
void put_number(const ReturnSetInfo* result, Facet facet, int number, int64 tailors) {
  if (tailors > 0) put_row(result, facet, CStringGetTextDatum(psprintf("%d", number)), tailors, 0);
}

Datum facet_rows(FunctionCallInfo fcinfo, CentreForm form) {
  InitMaterializedSRF(fcinfo, 0);
  const auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  check_declared_columns(fcinfo, result->setDesc, kFacetColumns, kFacetColumns);
  const Request request = read_facets_request(fcinfo, form);
  Report report;
  const Facets& facets = *count_facets(request, fcinfo->flinfo->fn_oid, report);
  for (int i = 0; i < facets.skill_count; ++i)
    put_row(result, kSkillFacet, PointerGetDatum(facets.skills[i].skill), facets.skills[i].tailors,
            facets.other_skills);
  for (int stars = 1; stars <= kFacetStars; ++stars)
    put_number(result, kRatingFacet, stars, facets.at_least_stars[stars - 1]);
  for (int band = 0; band < kBands; ++band)
    put_number(result, kExperienceFacet, band * kBandYears, facets.experience[band]);
  return Datum{0};
}

}  // namespace
}  // namespace tailor

extern "C" {

TAILOR_SQL_FUNCTION(tailor_search_facets_lat_lng);
Datum tailor_search_facets_lat_lng(PG_FUNCTION_ARGS) {
  return tailor::facet_rows(fcinfo, tailor::CentreForm::lat_lng);
}

TAILOR_SQL_FUNCTION(tailor_search_facets_near);
Datum tailor_search_facets_near(PG_FUNCTION_ARGS) {
  return tailor::facet_rows(fcinfo, tailor::CentreForm::near);
}
}
