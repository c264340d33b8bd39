// The covering of a circle by a few ranges of S2 leaf cells.
#pragma once

#include <vector>

#include "geometry.hpp"

namespace tailor {

/// An inclusive range of leaf cells.
struct CellRange {
  std::int64_t first, last;
};

/// At most six disjoint ranges that contain the leaf cell of every point within `metres` (geodesic) of the
/// centre. The range with the centre is first.
std::vector<CellRange> circle_covering(double lat, double lng, double metres);

}  // namespace tailor
