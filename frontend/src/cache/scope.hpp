#pragma once

#include <optional>
#include <string>
#include <vector>

namespace tailor::cache {

struct Point {
  double latitude;
  double longitude;
};

/// What an answer was computed from, so that a change elsewhere leaves it alone.
struct Scope {
  std::string tailor;           // the one tailor that is shown; empty: a search
  std::optional<Point> centre;  // of a search; unknown for a named place: then every change touches it
  double radius_km = 0;
  bool unlocated = false;  // the search also finds tailors without a point
};

/// One change in the database, as a notification tells it.
struct Change {
  std::string tailor;         // whose row, user or sample work changed; empty: any tailor's may have
  std::vector<Point> points;  // where it was and where it is
  bool unlocated = false;     // it was or is without a point
};

/// Whether an answer of this scope may be another one after the change. Errs on the side of yes.
bool touches(const Change& change, const Scope& scope);

}  // namespace tailor::cache
