// Clusters for a map: the tailors of each S2 cell of a level that follows from the map's zoom. A cell's
// number is all that is needed, so every engine computes the same digits.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/box.hpp"
#include "core/geometry.hpp"

namespace tailor {

/// The zoom whose cells are leaf cells.
inline constexpr int kMaxZoom = kLeafLevel;

/// An area with more cells than this is refused.
inline constexpr int kMostClusters = 10000;

/// The level whose cells are about 64 pixels wide on a web map, at the equator. Cells of level 0 are not
/// used: they hold the poles and the antimeridian, where longitudes have no mean.
constexpr int cluster_level(int zoom) {
  return std::max(zoom, 1);
}

/// The cluster's cell that holds a leaf cell: its face, then two bits a level.
constexpr std::uint64_t cluster_cell(std::int64_t cell, int level) {
  return static_cast<std::uint64_t>(cell) >> (2 * (kLeafLevel - level) + 1);
}

/// Latitude and longitude as whole numbers of 1e-7 degrees (1 cm), whose sums do not depend on their order.
struct FixedDegrees {
  std::int64_t lat, lng;
};
inline constexpr double kFixedUnit = 1e7;  // a degree

/// Where the tailors of a cluster are. A leaf cell's centre is at most 8 mm from its point.
struct ClusterSum {
  std::int64_t count = 0;
  FixedDegrees sum{}, least{}, most{};

  /// Adds the centres of some leaf cells. Faster where cells of one face follow each other.
  void add(std::span<const std::int64_t> cells);

 private:
  void add(const double* lats, const double* lngs, std::size_t cells);
};

/// The mean of the positions, rounded to 1e-7 degrees.
LatLng mean_of(const ClusterSum& sum);

/// The least box of multiples of 1e-6 degrees that contains every point of the cells summed.
Box bounds_of(const ClusterSum& sum);

/// About how many cells of this level an area has.
double cells_in_box(const Box& box, int level);
double cells_in_circle(double metres, int level);

}  // namespace tailor
