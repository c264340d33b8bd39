#include "src/api/clusters_json.hpp"

extern "C" {
#include "common/shortest_dec.h"
#include "utils/json.h"
}

namespace tailor::json {
namespace {

void append_number(StringInfo out, const char* before, double number) {
  char digits[DOUBLE_SHORTEST_DECIMAL_LEN];
  double_to_shortest_decimal_buf(number, digits);
  appendStringInfo(out, "%s%s", before, digits);
}

void append_cluster(StringInfo out, const Cluster& cluster) {
  appendStringInfo(out, "{\"count\":" INT64_FORMAT, cluster.count);
  append_number(out, ",\"latitude\":", cluster.centre.lat);
  append_number(out, ",\"longitude\":", cluster.centre.lng);
  append_number(out, ",\"bbox\":[", cluster.bounds.west);
  append_number(out, ",", cluster.bounds.south);
  append_number(out, ",", cluster.bounds.east);
  append_number(out, ",", cluster.bounds.north);
  appendStringInfoChar(out, ']');
  if (cluster.id != nullptr) {
    appendStringInfoString(out, ",\"id\":");
    escape_json(out, text_to_cstring(cluster.id));
  }
  appendStringInfoChar(out, '}');
}

}  // namespace

void append_clusters(StringInfo out, const Clusters& clusters) {
  appendStringInfoChar(out, '[');
  for (int i = 0; i < clusters.count; ++i) {
    if (i > 0) appendStringInfoChar(out, ',');
    append_cluster(out, clusters.items[i]);
  }
  appendStringInfoChar(out, ']');
}

}  // namespace tailor::json
