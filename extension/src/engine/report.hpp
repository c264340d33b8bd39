// The report of a search, for tailor_search_explain().
#pragma once

#include "src/postgres.hpp"

extern "C" {
#include "portability/instr_time.h"
}

namespace tailor {

/// The phases of a search. The SQL engine has three, a statement each: `scan`, `facets` and `clusters`.
enum Phase { kCover, kScan, kRank, kRows, kFacetPhase, kClusterPhase, kPhases };

struct Report {
  bool native = false;           // false: the SQL engine
  const char* reason = nullptr;  // for the choice
  Oid index = InvalidOid;        // the covering index; invalid for partitions, each of which has its own
  int64 ranges = 0;              // scanned in all indexes
  int64 entries = 0;             // visited
  int64 heap_fetches = 0;        // of tailors: for visibility, for a distance at the radius, and for the page
  int64 exact_distances = 0;     // computed for the page, or by PostGIS at the radius
  const char* distances_by = nullptr;  // what computed the page's distances; nullptr: none were
  int64 matches = 0;
  int64 faceted = 0;   // tailors that some facet counts; where facets were wanted
  int64 clusters = 0;  // where they were wanted
  double milliseconds[kPhases] = {};
};

/// Adds the time until stop() to a phase.
class PhaseClock {
 public:
  PhaseClock(Report& report, Phase phase) : report_(report), phase_(phase) { INSTR_TIME_SET_CURRENT(start_); }
  void stop() {
    instr_time end;
    INSTR_TIME_SET_CURRENT(end);
    INSTR_TIME_SUBTRACT(end, start_);
    report_.milliseconds[phase_] += INSTR_TIME_GET_MILLISEC(end);
  }

 private:
  Report& report_;
  Phase phase_;
  instr_time start_;
};

}  // namespace tailor
