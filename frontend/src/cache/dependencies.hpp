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

/// Degrees; west > east: across the antimeridian.
struct Box {
  double west, south, east, north;
};

/// What an answer depends on. A change of anything else leaves it valid.
struct Dependencies {
  std::string tailor;           // the tailor whose page it is; empty: a search
  std::optional<Point> centre;  // of a search; without one, and no box, every change invalidates the answer
  double radius_km = 0;
  bool unlocated = false;  // the search also finds tailors without a point
  // The ids of tailors and users in the answer, as a JSON array. Without them it may show any.
  std::optional<std::string> shown{};
  std::optional<Box> box{};  // of a search, in place of the circle
};

/// A change in the database, from a notification. A change of a tailor's row has points or `unlocated`;
/// without either, only the tailor's sample works changed, which does not affect which tailors are found.
struct Change {
  std::string tailor;           // whose row or sample work changed; empty: unknown
  std::vector<Point> points;    // its old and new position
  bool unlocated = false;       // it had or has no point
  std::string user{};           // instead of the above: the user whose row changed
  bool everything = false;      // instead of the above: anything may have changed
  Transaction transaction = 0;  // the transaction that made the change
  Lsn log_end = kNoLsn;         // a position of the write-ahead log behind its commit; at first unknown
};

/// Whether the change may alter an answer with these dependencies. In doubt yes.
bool invalidates(const Change& change, const Dependencies& dependencies);

}  // namespace tailor::cache
