// What a search did, for tailor_search_explain().
#pragma once

#include "src/postgres.hpp"

extern "C" {
#include "portability/instr_time.h"
}

namespace tailor {

/// The phases of a search. The SQL engine has one, `scan`: its statement as a whole.
enum Phase { kCover, kScan, kRank, kRows, kPhases };

struct Report {
  bool native = false;           // or by the SQL engine
  const char* reason = nullptr;  // why
  Oid index = InvalidOid;        // the covering index; invalid where partitions have theirs each for itself
  int64 ranges = 0;              // of it, or of all
  int64 entries = 0;             // of these, visited
  int64 heap_fetches = 0;        // of tailors: for visibility, to settle a distance, and for the page
  int64 exact_distances = 0;     // worked out for the page, or asked of PostGIS to settle the radius
  const char* distances_by = nullptr;  // who worked those of the page out; nullptr: there were none
  int64 matches = 0;
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
