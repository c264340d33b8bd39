#include "geometry.hpp"

#include <s2/s2cell_id.h>
#include <s2/s2latlng.h>
#include <s2/s2metrics.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <span>

#include "core/cell_decoding.hpp"

namespace tailor {
namespace {

// WGS 84.
constexpr double kSemiMajor = 6378137.0;
constexpr double kFlattening = 1 / 298.257223563;
constexpr double kEccentricity2 = kFlattening * (2 - kFlattening);
// Of all normal sections: b^2/a, the meridian's at the equator. A normal turns by at most 1/radius a metre.
constexpr double kLeastCurvatureRadius = kSemiMajor * (1 - kEccentricity2);

constexpr double kRelativeError = 3e-17;  // times s^2 in m^2, see the header
constexpr double kCellError = 0.01;       // m
// Beyond this distance a chord says only that a point is far away, on the other side of the earth.
constexpr double kFarMetres = 9e6;
constexpr double kFarthestMetres = 2.01e7;  // half of the earth's circumference, and more
constexpr double kCapSlack = 1e-8;  // radians, 6 cm: more than the rounding of all that leads to a cap

// Of all normal sections: a^2/b, at the poles. Two points are no further apart than that times the angle of
// their normals.
constexpr double kMostCurvatureRadius = kSemiMajor / (1 - kFlattening);
// Of a cell's longest diagonal, from its centre to its farthest corner: half of it, at all levels. Slack for
// rounding.
constexpr double kHalfDiagonal = 0.501;
constexpr int kFaceBits = S2CellId::kFaceBits;

// Of a normal of any length: one square root does for its length and for the ellipsoid.
[[gnu::always_inline]] inline Position position_of(const Direction& normal) {
  const auto& [x, y, z] = normal;
  const double scale = kSemiMajor / std::sqrt(x * x + y * y + z * z - kEccentricity2 * z * z);
  return {scale * x, scale * y, scale * (1 - kEccentricity2) * z};
}

Direction direction_of(const S2Point& point) {
  return {point.x(), point.y(), point.z()};
}

// Of the centre of the cell of that level that holds a leaf cell.
Position centre_of(std::int64_t cell, int level) {
  return position_of(direction_of(cell_direction(cell, level)));
}

double error_at(double metres) {
  return kRelativeError * metres * metres * metres + kCellError;
}

double squared_chord_of(double metres) {
  const double chord = 2 * kMeanRadius * std::sin(metres / (2 * kMeanRadius));
  return chord * chord;
}

// The longest chord from a cell's centre to a point in it, by the cell's level.
std::array<double, S2CellId::kMaxLevel + 1> cell_radii() {
  std::array<double, S2CellId::kMaxLevel + 1> radii{};
  for (int level = 0; level <= S2CellId::kMaxLevel; ++level)
    radii[level] = cell_radius(level) * kMostCurvatureRadius;
  return radii;
}

S2Point normal_of(double lat, double lng) {
  return S2LatLng::FromDegrees(lat, lng).ToPoint();
}

}  // namespace

int common_level(std::int64_t a, std::int64_t b) {
  const auto differing = static_cast<std::uint64_t>(a) ^ static_cast<std::uint64_t>(b);
  const int same = std::countl_zero(differing | 1);  // the last bit is 1 in both
  return same < kFaceBits ? -1 : (same - kFaceBits) / 2;
}

std::int64_t leaf_cell(double lat, double lng) {
  return static_cast<std::int64_t>(S2CellId(normal_of(lat, lng)).id());
}

Position cell_position(std::int64_t cell) {
  return centre_of(cell, kLeafLevel);
}

Position point_position(double lat, double lng) {
  return position_of(direction_of(normal_of(lat, lng)));
}

TAILOR_BY_PROCESSOR void squared_chords(const Position& centre, std::span<const std::int64_t> cells,
                                        double* squared) {
  each_run_on_a_face(
      cells, [&](auto face, std::size_t first, std::size_t count) __attribute__((always_inline)) {
#pragma omp simd
        for (std::size_t i = first; i < first + count; ++i)
          squared[i] = squared_chord(centre, position_of(leaf_direction<decltype(face)::value>(cells[i])));
      });
}

DistanceBounds distance_bounds(double squared_chord) {
  const double half = std::min(1.0, std::sqrt(squared_chord) / (2 * kMeanRadius));
  const double metres = 2 * kMeanRadius * std::asin(half);
  if (metres > kFarMetres) return {kFarMetres - error_at(kFarMetres), kFarthestMetres};
  const double error = error_at(metres);
  return {metres - error, metres + error};
}

// The error grows with the distance, slowly: twice that at the radius covers the distances just beyond it.
RadiusBounds radius_bounds(double metres) {
  if (metres > kFarMetres - 3 * error_at(kFarMetres))
    return {squared_chord_of(kFarMetres - 4 * error_at(kFarMetres)), std::numeric_limits<double>::infinity()};
  const double error = error_at(metres);
  return {squared_chord_of(std::max(0.0, metres - error)), squared_chord_of(metres + 2 * error)};
}

Surroundings surroundings(const Position& centre, std::int64_t first, std::int64_t last) {
  static const auto radii = cell_radii();
  const int level = common_level(first, last);
  if (level < 0) return {level, 0, std::numeric_limits<double>::infinity()};
  const double chord = std::sqrt(squared_chord(centre, centre_of(first, level)));
  const double least = std::max(0.0, chord - radii[level]);
  const double most = chord + radii[level];
  return {level, least * least, most * most};
}

double cap_angle(double metres) {
  return metres / kLeastCurvatureRadius + kCapSlack;
}

double cell_radius(int level) {
  return kHalfDiagonal * S2::kMaxDiag.GetValue(level);
}

}  // namespace tailor
