#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cache/snapshot.hpp"

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
  // The tailors and users that it shows (shown_ids()). Unknown: it may show any.
  std::optional<std::vector<std::string>> shown{};
};

/// One change in the database, as a notification tells it. A tailor's row has a place before or after, so one
/// without points that is not unlocated means its sample works: which tailors are found does not change then.
struct Change {
  std::string tailor;           // whose row or sample work changed; empty: any tailor's may have
  std::vector<Point> points;    // where it was and where it is
  bool unlocated = false;       // it was or is without a point
  std::string user{};           // instead of all these: whose row changed
  bool everything = false;      // … or: anything may have changed
  Transaction transaction = 0;  // that made the change
};

/// Whether an answer of this scope may be another one after the change. Errs on the side of yes.
bool touches(const Change& change, const Scope& scope);

}  // namespace tailor::cache
