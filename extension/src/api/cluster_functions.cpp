// tailor_search_clusters(): the clusters of a search as rows.
#include "src/api/arguments.hpp"
#include "src/declaration.hpp"
#include "src/engine/engine.hpp"
#include "src/materialized.hpp"
#include "src/postgres.hpp"

namespace tailor {
namespace {

enum ClusterColumn {
  kClusterCount,
  kLatitude,
  kLongitude,
  kWestBound,
  kSouthBound,
  kEastBound,
  kNorthBound,
  kSingleId,
  kClusterColumns
};

void put_row(const ReturnSetInfo* result, const Cluster& cluster) {
  Datum values[kClusterColumns];
  bool nulls[kClusterColumns] = {};
  values[kClusterCount] = Int64GetDatum(cluster.count);
  values[kLatitude] = Float8GetDatum(cluster.centre.lat);
  values[kLongitude] = Float8GetDatum(cluster.centre.lng);
  values[kWestBound] = Float8GetDatum(cluster.bounds.west);
  values[kSouthBound] = Float8GetDatum(cluster.bounds.south);
  values[kEastBound] = Float8GetDatum(cluster.bounds.east);
  values[kNorthBound] = Float8GetDatum(cluster.bounds.north);
  values[kSingleId] = PointerGetDatum(cluster.id);
  nulls[kSingleId] = cluster.id == nullptr;
  tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

Datum cluster_rows(FunctionCallInfo fcinfo, CentreForm form) {
  InitMaterializedSRF(fcinfo, 0);
  const auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  check_declared_columns(fcinfo, result->setDesc, kClusterColumns, kClusterColumns);
  const Request request = read_clusters_request(fcinfo, form);
  Report report;
  const Clusters& clusters = *count_clusters(request, fcinfo->flinfo->fn_oid, report);
  for (int i = 0; i < clusters.count; ++i) put_row(result, clusters.items[i]);
  return Datum{0};
}

}  // namespace
}  // namespace tailor

extern "C" {

TAILOR_SQL_FUNCTION(tailor_search_clusters_lat_lng);
Datum tailor_search_clusters_lat_lng(PG_FUNCTION_ARGS) {
  return tailor::cluster_rows(fcinfo, tailor::CentreForm::lat_lng);
}

TAILOR_SQL_FUNCTION(tailor_search_clusters_near);
Datum tailor_search_clusters_near(PG_FUNCTION_ARGS) {
  return tailor::cluster_rows(fcinfo, tailor::CentreForm::near);
}
}
