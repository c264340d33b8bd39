// Points, distances and coverings of the native engine. No type of S2's shows here: its headers and
// PostgreSQL's define the same names.
//
// Distances without trigonometry. A point is held as its ellipsoid normal n, the unit vector of its geodetic
// latitude and longitude. Its position on WGS 84 follows with one square root, and the chord c between two
// positions bounds their geodesic distance s:
//
//   For a curve of length s and curvature k, c = s - k^2 s^3 / 24 + O(s^5). Every normal section of the
//   ellipsoid has a radius 1/k between b^2/a = 6335.4 km and a^2/b = 6399.6 km, so s lies within a relative
//   s^2/24 * |k^2 - 1/R^2| <= 1.2e-11 (s/km)^2 of 2R asin(c/2R), R = 6371.0088 km. Measured over random pairs
//   the largest error is the same 1.2e-11 (s/km)^2, up to 1,000 km. The code allows 3e-11.
//
// A point of the index is the centre of its S2 leaf cell, whose half diagonal is below 7.5 mm; the code
// allows 10 mm, in which rounding (nanometres) disappears.
#pragma once

#include <cstdint>
#include <span>

namespace tailor {

/// The earth's mean radius, in metres.
inline constexpr double kMeanRadius = 6371008.8;

/// An inclusive range of leaf cells.
struct CellRange {
  std::int64_t first, last;
};

struct Position {
  double x, y, z;  // metres, earth-centred
};

/// The distance in metres from a point is known to lie in [least, most].
struct DistanceBounds {
  double least, most;
};

/// Circles of a larger radius are left to the SQL engine.
inline constexpr double kFarthestBoundedMetres = 500e3;

/// The S2 leaf cell of a point, as a signed key that sorts as the cells do within each face. Degrees, finite.
std::int64_t leaf_cell(double lat, double lng);

/// Positions on WGS 84 of the centre of a leaf cell, and of a point in degrees.
Position cell_position(std::int64_t cell);
Position point_position(double lat, double lng);

/// Squared chord in square metres between two positions.
inline double squared_chord(const Position& a, const Position& b) {
  const double dx = a.x - b.x;
  const double dy = a.y - b.y;
  const double dz = a.z - b.z;
  return dx * dx + dy * dy + dz * dz;
}

/// Squared chords to the centres of some leaf cells, into `squared`; the faster, the more on one face follow
/// each other.
void squared_chords(const Position& centre, std::span<const std::int64_t> cells, double* squared);

/// The bounds of the geodesic distance for a squared chord to a leaf cell's centre.
DistanceBounds distance_bounds(double squared_chord);

/// Squared chords that settle whether a cell's point is within a radius in metres.
struct RadiusBounds {
  double inside;   // up to here it certainly is
  double outside;  // from here on it certainly is not
};
RadiusBounds radius_bounds(double metres);

inline constexpr int kLeafLevel = 30;

/// The level of the smallest cell that contains two leaf cells; -1 where they are on two faces.
int common_level(std::int64_t a, std::int64_t b);

/// The smallest cell that holds some leaf cells, by its level, and the squared chords between which theirs to
/// a centre lie.
struct Surroundings {
  int level;  // -1: they are on two faces, and nothing is known
  double least, most;
};

/// Of all leaf cells between two of them, in the order of S2's curve.
Surroundings surroundings(const Position& centre, std::int64_t first, std::int64_t last);

/// Whether two leaf cells that lie in one cell of this level, above the leaves, lie in one of its four
/// children, too.
inline bool in_one_child(std::int64_t a, std::int64_t b, int level) {
  return (static_cast<std::uint64_t>(a) ^ static_cast<std::uint64_t>(b)) >> (2 * (kLeafLevel - level) - 1) ==
         0;
}

/// The radius in radians of a cap on S2's sphere that holds the normal of every point within `metres`
/// (geodesic) of its centre's.
double cap_angle(double metres);

/// No point of a cell of this level is farther from its centre, in radians.
double cell_radius(int level);

}  // namespace tailor
