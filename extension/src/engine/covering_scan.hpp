// The scan of the covering index: index-only reads of the ranges that cover the circle, filtered and judged
// by distance, into candidates for the page.
#pragma once

#include "src/binding/native_plan.hpp"
#include "src/engine/candidates.hpp"
#include "src/engine/report.hpp"
#include "src/engine/request.hpp"
#include "src/index/row_reader.hpp"
#include "src/postgis/postgis_distance.hpp"

namespace tailor {

/// The matches of the request that can stand on its page, in no order, and how many there are in all.
/// `tailors` are open on the tables of the plan.
Candidates scan_covering(const NativePlan& plan, const Request& request, const RowReader* tailors,
                         PostgisDistance& distance, Report& report);

}  // namespace tailor
