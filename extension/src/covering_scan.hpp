// The scan of the covering index: index-only reads of the ranges that cover the circle, filtered and judged
// by distance, into candidates for the page.
#pragma once

#include "src/native_plan.hpp"
#include "src/postgis_distance.hpp"
#include "src/report.hpp"
#include "src/request.hpp"
#include "src/row_reader.hpp"
//
#include "pure/ranking.hpp"

namespace tailor {

/// A growing array of candidates; may pass MaxAllocSize.
struct Candidates {
  Candidate* items;
  std::size_t count, room;
};

/// All matches of the request, in no order. `tailors` are open on the tables of the plan.
Candidates scan_covering(const NativePlan& plan, const Request& request, const RowReader* tailors,
                         PostgisDistance& distance, Report& report);

}  // namespace tailor
