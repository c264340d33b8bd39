// The covering of a circle by a few ranges of S2 leaf cells.
#pragma once

#include <vector>

#include "geometry.hpp"

class S2CellId;

namespace tailor {

/// At most six disjoint ranges that contain the leaf cell of every point within `metres` (geodesic) of the
/// centre. The range with the centre is first.
std::vector<CellRange> circle_covering(double lat, double lng, double metres);

/// Cells in ascending order as few disjoint ranges of leaf cells. The range with `home`, a leaf cell, is
/// first.
std::vector<CellRange> few_ranges(const std::vector<S2CellId>& cells, std::int64_t home);

}  // namespace tailor
