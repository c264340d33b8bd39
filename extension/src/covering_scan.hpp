// The scan of the covering index: index-only reads of the ranges that cover the circle, filtered and judged
// by distance, into candidates for the page.
#pragma once

#include "src/candidates.hpp"
#include "src/native_plan.hpp"
#include "src/postgis_distance.hpp"
#include "src/report.hpp"
#include "src/request.hpp"
#include "src/row_reader.hpp"

namespace tailor {

/// The matches of the request that can stand on its page, in no order, and how many there are in all.
/// `tailors` are open on the tables of the plan.
Candidates scan_covering(const NativePlan& plan, const Request& request, const RowReader* tailors,
                         PostgisDistance& distance, Report& report);

}  // namespace tailor
