// The covering of a circle by a few ranges of S2 leaf cells.
#pragma once

#include <vector>

#include "geometry.hpp"

namespace tailor {

/// Leaf cells from first to last, both included.
struct CellRange {
  std::int64_t first, last;
};

/// Six ranges at most, disjoint, that hold the leaf cell of every point within `metres` (geodesic) of the
/// centre, first the one that holds the centre.
std::vector<CellRange> circle_covering(double lat, double lng, double metres);

}  // namespace tailor
