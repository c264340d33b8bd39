// Boxes of latitudes and longitudes: coverings, planes and bounding circles against plain comparison.
#include "core/box.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>

#include "core/geodesic.hpp"

namespace tailor {
namespace {

class Boxes {
 public:
  Box next() {
    const double size = std::pow(10, 10 * unit() - 8);
    const double lat = latitude(), lng = longitude();
    const double north = std::min(90.0, lat + size * unit()), east = lng + std::min(360.0, size * unit());
    if (random_() % 16 == 0) return {-180, -90 + size * unit(), 180, 90};
    return {lng, lat, east > 180 ? east - 360 : east, std::max(lat, north)};
  }

  // On an edge, beside one, or anywhere.
  LatLng point(const Box& box) {
    const auto beside = [this] {
      return random_() % 2 == 0 ? 0 : (unit() - 0.5) * std::pow(10, -16 * unit());
    };
    const double width = box.east - box.west + (box.west <= box.east ? 0 : 360);
    LatLng at{box.south + (box.north - box.south) * unit(), box.west + width * unit()};
    if (random_() % 4 == 0) at.lat = (random_() % 2 == 0 ? box.south : box.north) + beside();
    if (random_() % 4 == 0) at.lng = (random_() % 2 == 0 ? box.west : box.east) + beside();
    if (random_() % 16 == 0) at = {latitude(), longitude()};
    if (at.lng > 180) at.lng -= 360;
    return {std::clamp(at.lat, -90.0, 90.0), std::clamp(at.lng, -180.0, 180.0)};
  }

 private:
  double unit() { return unit_(random_); }
  double near_zero() { return std::pow(10, -14 * unit()); }
  double latitude() {
    const double anywhere = 180 * unit() - 90, pole = random_() % 2 == 0 ? 90 : 90 - near_zero();
    const double chosen[] = {anywhere, anywhere, pole, -pole, near_zero()};
    return chosen[random_() % 5];
  }
  double longitude() {
    const double chosen[] = {360 * unit() - 180, 180, -180, 180 - near_zero(), near_zero(), 90};
    return chosen[random_() % 6];
  }

  std::mt19937_64 random_{20261130};
  std::uniform_real_distribution<> unit_{0, 1};
};

std::string shown(const Box& box, LatLng at) {
  std::string text;
  for (const double value : {box.west, box.south, box.east, box.north, at.lat, at.lng})
    text += std::to_string(value) + " ";
  return text;
}

bool holds(const std::vector<CellRange>& ranges, std::int64_t cell) {
  return std::ranges::any_of(ranges,
                             [cell](const CellRange& r) { return r.first <= cell && cell <= r.last; });
}

TEST(Box, CoveringEdgesAndCircleAgreeWithPlainComparison) {
  Boxes boxes;
  int members = 0, edges = 0;
  for (int i = 0; i < 10'000; ++i) {
    const Box box = boxes.next();
    const auto ranges = box_covering(box);
    const BoxEdges planes(box);
    const BoundingCircle circle = bounding_circle(box);
    ASSERT_LE(ranges.size(), 6U);
    for (int n = 0; n < 30; ++n) {
      const LatLng at = boxes.point(box);
      const std::int64_t cell = leaf_cell(at.lat, at.lng);
      Side side{};
      planes.sides_of({&cell, 1}, &side);
      edges += side == Side::edge;
      if (box.contains(at.lat, at.lng)) {
        ++members;
        ASSERT_TRUE(holds(ranges, cell)) << shown(box, at);
        ASSERT_NE(side, Side::outside) << shown(box, at);
        ASSERT_LE(geodesic_metres(circle.centre, at), circle.metres) << shown(box, at);
      } else {
        ASSERT_NE(side, Side::inside) << shown(box, at);
      }
    }
  }
  EXPECT_GT(members, 50'000);
  EXPECT_GT(edges, 10'000);
}

TEST(Box, TheBoxAroundACircleHoldsItsEdge) {
  Boxes boxes;
  for (int i = 0; i < 300'000; ++i) {
    const Box box = boxes.next();
    const LatLng centre = boxes.point(box), at = boxes.point(box);
    const Box around = box_around(centre, geodesic_metres(centre, at));
    ASSERT_TRUE(around.contains(at.lat, at.lng)) << shown(around, at);
  }
}

TEST(Box, TheBoxAroundACircleIsHardlyLarger) {
  const Box around = box_around({60, 179.99}, 10'000);
  const double north = geodesic_metres({60, 179.99}, {around.north, 179.99});
  const double east = geodesic_metres({60, 179.99}, {60, around.east});
  EXPECT_LT(around.east, -179);
  EXPECT_GT(north, 10'000);
  EXPECT_LT(north, 10'100);
  EXPECT_GT(east, 10'000);
  EXPECT_LT(east, 10'100);
}

TEST(Box, ACellIsOnTheSideOfAllItsPoints) {
  Boxes boxes;
  int settled = 0;
  for (int i = 0; i < 300'000; ++i) {
    const Box box = boxes.next();
    const LatLng a = boxes.point(box);
    const LatLng b{std::clamp(a.lat + (box.north - box.south) / 50, -90.0, 90.0), a.lng};
    const std::int64_t first = leaf_cell(a.lat, a.lng), last = leaf_cell(b.lat, b.lng);
    const Side side = BoxEdges(box).side_of(first, last);
    settled += side != Side::edge;
    if (side == Side::edge) continue;
    ASSERT_EQ(box.contains(a.lat, a.lng), side == Side::inside) << shown(box, a);
    ASSERT_EQ(box.contains(b.lat, b.lng), side == Side::inside) << shown(box, b);
  }
  EXPECT_GT(settled, 10'000);
}

TEST(Box, EdgesAreInclusiveAndTheAntimeridianIsCrossed) {
  const Box across{170, -20, -170, 20};
  EXPECT_TRUE(across.contains(20, 170));
  EXPECT_TRUE(across.contains(-20, -170));
  EXPECT_TRUE(across.contains(0, -180));
  EXPECT_FALSE(across.contains(0, 169.99));
  EXPECT_FALSE(across.contains(0, 0));
  const Box antimeridian{180, 0, -180, 1};
  EXPECT_TRUE(antimeridian.contains(0.5, 180));
  EXPECT_TRUE(antimeridian.contains(0.5, -180));
  EXPECT_TRUE(holds(box_covering(antimeridian), leaf_cell(0.5, 180)));
  EXPECT_TRUE(holds(box_covering(antimeridian), leaf_cell(0.5, -180)));
  EXPECT_EQ(middle_of(across).lng, 180);
  EXPECT_EQ(middle_of({160, 0, -100, 0}).lng, -150);
}

}  // namespace
}  // namespace tailor
