// The bounds and coverings of the native engine against PROJ's geodesics, which PostGIS itself asks.
#include "core/geometry.hpp"

#include <geodesic.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <random>
#include <string>

#include "core/covering.hpp"

namespace tailor {
namespace {

constexpr double kDegree = 180 / std::numbers::pi;

struct Degrees {
  double lat, lng;
};

// Points anywhere, and too often where geometry is hard: poles, the date line, the equator, corners of S2's
// faces.
class Points {
 public:
  Degrees next() {
    switch (random_() % 8) {
      case 0:
        return {90 - near_zero(), 360 * unit(random_) - 180};
      case 1:
        return {-90 + near_zero(), 360 * unit(random_) - 180};
      case 2:
        return {170 * unit(random_) - 85, 180 - near_zero()};
      case 3:
        return {near_zero(), 360 * unit(random_) - 180};
      case 4:
        return {35.264389682754654 + near_zero(), 45 + near_zero()};
      default:
        return {std::asin(2 * unit(random_) - 1) * kDegree, 360 * unit(random_) - 180};
    }
  }
  // From a millimetre to 500 km, all sizes alike.
  double distance() { return std::min(kFarthestBoundedMetres, std::pow(10, 9 * unit(random_) - 3)); }
  double azimuth() { return 360 * unit(random_); }

 private:
  double near_zero() { return std::pow(10, -8 * unit(random_)); }
  std::mt19937_64 random_{20260101};
  std::uniform_real_distribution<> unit{0, 1};
};

class Wgs84 {
 public:
  Wgs84() { geod_init(&ellipsoid_, 6378137.0, 1 / 298.257223563); }
  Degrees move(Degrees from, double azimuth, double metres) const {
    Degrees to{};
    geod_direct(&ellipsoid_, from.lat, from.lng, azimuth, metres, &to.lat, &to.lng, nullptr);
    return to;
  }
  double distance(Degrees a, Degrees b) const {
    double metres = 0;
    geod_inverse(&ellipsoid_, a.lat, a.lng, b.lat, b.lng, &metres, nullptr, nullptr);
    return metres;
  }

 private:
  geod_geodesic ellipsoid_{};
};

std::string shown(Degrees a, Degrees b) {
  return std::to_string(a.lat) + "," + std::to_string(a.lng) + " to " + std::to_string(b.lat) + "," +
         std::to_string(b.lng);
}

TEST(Geometry, BoundsHoldTheGeodesicDistance) {
  const Wgs84 earth;
  Points points;
  for (int i = 0; i < 300'000; ++i) {
    const Degrees a = points.next();
    const Degrees b = earth.move(a, points.azimuth(), points.distance());
    const double metres = earth.distance(a, b);
    const auto bounds =
        distance_bounds(squared_chord(point_position(a.lat, a.lng), cell_position(leaf_cell(b.lat, b.lng))));
    ASSERT_LE(bounds.least, metres) << shown(a, b);
    ASSERT_GE(bounds.most, metres) << shown(a, b);
  }
}

TEST(Geometry, BoundsHoldDistancesAroundTheEarth) {
  const Wgs84 earth;
  Points points;
  for (int i = 0; i < 300'000; ++i) {
    const Degrees a = points.next(),
                  b = i % 8 == 0 ? Degrees{-a.lat, std::remainder(a.lng - 179.9, 360)} : points.next();
    const double metres = earth.distance(a, b);
    const double chord = squared_chord(point_position(a.lat, a.lng), cell_position(leaf_cell(b.lat, b.lng)));
    const auto bounds = distance_bounds(chord);
    ASSERT_LE(bounds.least, metres) << shown(a, b);
    ASSERT_GE(bounds.most, metres) << shown(a, b);
    const RadiusBounds radius = radius_bounds(metres);
    ASSERT_LE(radius.inside * (1 - 1e-12), chord) << shown(a, b);
    ASSERT_GT(radius.outside * (1 + 1e-12), chord) << shown(a, b);
  }
}

TEST(Geometry, BoundsAreNarrow) {
  // Else every row would be settled by the slow way: 2 cm at a point, 4 cm at 10 km.
  EXPECT_LT(distance_bounds(0).most - distance_bounds(0).least, 0.021);
  EXPECT_LT(distance_bounds(1e8).most - distance_bounds(1e8).least, 0.1);
}

TEST(Geometry, RadiusBoundsAgreeWithDistanceBounds) {
  for (double metres = 0.001; metres <= kFarthestBoundedMetres; metres *= 1.7) {
    const RadiusBounds radius = radius_bounds(metres);
    EXPECT_LE(distance_bounds(radius.inside * (1 - 1e-12)).most, std::max(metres * (1 + 1e-12), 0.02))
        << metres;
    EXPECT_GE(distance_bounds(radius.outside * (1 + 1e-12)).least, metres * (1 - 1e-12)) << metres;
  }
}

TEST(Geometry, NothingIsCertainlyInsideATinyCircle) {
  const RadiusBounds radius = radius_bounds(0.001);
  EXPECT_EQ(radius.inside, 0);
  EXPECT_GT(radius.outside, 0);
}

TEST(Geometry, CoveringHoldsEveryPointOfTheCircle) {
  const Wgs84 earth;
  Points points;
  for (int i = 0; i < 20'000; ++i) {
    const Degrees centre = points.next();
    const double metres = points.distance();
    const auto ranges = circle_covering(centre.lat, centre.lng, metres);
    const Degrees edge = earth.move(centre, points.azimuth(), metres);
    const std::int64_t cell = leaf_cell(edge.lat, edge.lng);
    const auto holds = [cell](const CellRange& range) { return range.first <= cell && cell <= range.last; };
    ASSERT_TRUE(std::ranges::any_of(ranges, holds)) << shown(centre, edge) << " within " << metres;
  }
}

TEST(Geometry, TheFirstRangeHoldsTheCentre) {
  Points points;
  for (int i = 0; i < 5'000; ++i) {
    const Degrees centre = points.next();
    const auto ranges = circle_covering(centre.lat, centre.lng, points.distance());
    const std::int64_t cell = leaf_cell(centre.lat, centre.lng);
    ASSERT_LE(ranges.front().first, cell);
    ASSERT_GE(ranges.front().last, cell);
  }
}

TEST(Geometry, SurroundingsHoldTheirCells) {
  const Wgs84 earth;
  Points points;
  for (int i = 0; i < 200'000; ++i) {
    const Degrees at = points.next();
    const double metres = points.distance();
    std::array<std::int64_t, 3> cells{};
    for (std::int64_t& cell : cells) {
      const Degrees near = earth.move(at, points.azimuth(), metres);
      cell = leaf_cell(near.lat, near.lng);
    }
    std::ranges::sort(cells, {}, [](std::int64_t cell) { return static_cast<std::uint64_t>(cell); });
    const Degrees away = points.next();
    const Position centre = point_position(away.lat, away.lng);
    const Surroundings found = surroundings(centre, cells.front(), cells.back());
    for (const std::int64_t cell : cells) {
      const double squared = squared_chord(centre, cell_position(cell));
      ASSERT_LE(found.least, squared) << shown(at, away) << " within " << metres;
      ASSERT_GE(found.most, squared) << shown(at, away) << " within " << metres;
    }
    if (found.level >= 0 && found.level < kLeafLevel) {
      EXPECT_FALSE(in_one_child(cells.front(), cells.back(), found.level));
    }
  }
}

TEST(Geometry, SurroundingsAreNarrow) {
  const std::int64_t cell = leaf_cell(12.9716, 77.5946);
  const Position centre = point_position(12.9716, 77.6946);
  const Surroundings alone = surroundings(centre, cell, cell);
  EXPECT_EQ(alone.level, kLeafLevel);
  EXPECT_LT(std::sqrt(alone.most) - std::sqrt(alone.least), 0.02);
  const Surroundings two = surroundings(centre, cell, leaf_cell(12.9716, 77.5956));
  EXPECT_LT(std::sqrt(two.most) - std::sqrt(two.least), 2'000);
}

TEST(Geometry, RangesAreFewAndDisjoint) {
  Points points;
  for (int i = 0; i < 5'000; ++i) {
    const Degrees centre = points.next();
    auto ranges = circle_covering(centre.lat, centre.lng, points.distance());
    ASSERT_LE(ranges.size(), 6);
    std::ranges::sort(ranges, {}, &CellRange::first);
    for (std::size_t r = 0; r < ranges.size(); ++r) {
      ASSERT_LE(ranges[r].first, ranges[r].last);
      if (r > 0) {
        ASSERT_LT(ranges[r - 1].last, ranges[r].first);
      }
    }
  }
}

}  // namespace
}  // namespace tailor
