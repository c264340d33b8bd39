// A box of latitudes and longitudes, in RFC 7946's order: across the antimeridian where west > east. A point
// is in it by plain comparison of its coordinates, edges included.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/geodesic.hpp"
#include "core/geometry.hpp"

namespace tailor {

/// LatLng, within the bounds of latitude and longitude; south <= north.
struct Box {
  double west, south, east, north;

  bool contains(double lat, double lng) const {
    const bool east_of_west = lng >= west, west_of_east = lng <= east;
    return lat >= south && lat <= north &&
           (west <= east ? east_of_west && west_of_east : east_of_west || west_of_east);
  }
};

/// The point halfway between the edges.
LatLng middle_of(const Box& box);

/// A circle around the box, for a search by distance that precedes the comparison.
struct BoundingCircle {
  LatLng centre;
  double metres;  // more than half of the earth's circumference: every point is within
};
BoundingCircle bounding_circle(const Box& box);

/// The box around a circle: it holds every point within `metres` (geodesic) of the centre, and a little more.
Box box_around(const LatLng& centre, double metres);

/// How far the box reaches from a centre, in metres on a sphere, or a little more. At most half of the
/// earth's circumference.
double reach_metres(const Box& box, const LatLng& centre);

/// Disjoint ranges that contain the leaf cell of every point in the box; the one with its middle is first.
std::vector<CellRange> box_covering(const Box& box);

enum class Side : std::uint8_t { outside, inside, edge };

/// Compares cells with a box by the planes of its edges, without trigonometry.
class BoxEdges {
 public:
  explicit BoxEdges(const Box& box);

  /// Where the smallest cell that contains two leaf cells is; `edge` if the box's edge may cross it.
  Side side_of(std::int64_t first, std::int64_t last) const;
  /// The same for some leaf cells. Their points decide where it is `edge`.
  void sides_of(std::span<const std::int64_t> cells, Side* sides) const;

 private:
  struct Meridian {
    double x, y;  // of the normal of its plane, which points east
  };

  Side side(double x, double y, double z, double margin) const;

  double south_, north_;  // z of the parallels; beyond the sphere where the box ends at a pole
  Meridian west_, east_;
  bool all_around_, more_than_half_;
};

}  // namespace tailor
