// The scan of the covering index: reads the cell ranges that cover the circle index-only, filters by
// attributes and distance, and collects candidates for the page.
#pragma once

#include "src/binding/native_plan.hpp"
#include "src/engine/candidates.hpp"
#include "src/engine/cluster_counts.hpp"
#include "src/engine/facet_counts.hpp"
#include "src/engine/report.hpp"
#include "src/engine/request.hpp"
#include "src/index/row_reader.hpp"
#include "src/postgis/postgis_distance.hpp"

namespace tailor {

/// What counts the tailors of the area; nullptr where the request does not want it.
struct Counts {
  FacetCounts* facets;
  ClusterCounts* clusters;
};

/// The matches that may be on the requested page, unordered, and the number of all matches. `tailors` read
/// the plan's tables, in its order.
Candidates scan_covering(const NativePlan& plan, const Request& request, const RowReader* tailors,
                         PostgisDistance& distance, Report& report, const Counts& counts);

}  // namespace tailor
