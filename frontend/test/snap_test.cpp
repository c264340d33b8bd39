#include "api/snap.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <random>

namespace tailor::api {
namespace {

constexpr double kRadian = std::numbers::pi / 180;
const std::vector<double> kSizes{kFinestGrid, 0.25, 1, 3.7, kCoarsestGrid};

// On a sphere around the Earth whose every degree is as long as WGS 84's longest: no less than the true
// distance.
double distance(Position a, Position b) {
  const double lat = std::sin((a.lat - b.lat) * kRadian / 2);
  const double lng = std::sin((a.lng - b.lng) * kRadian / 2);
  const double square = lat * lat + std::cos(a.lat * kRadian) * std::cos(b.lat * kRadian) * lng * lng;
  return 2 * 6399.594 * std::asin(std::sqrt(square));
}

bool same(Position a, Position b) {
  return a.lat == b.lat && a.lng == b.lng;
}

// Even over the sphere, and as many again near to the poles, ±180° and the equator.
std::vector<Position> positions() {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> one(-1, 1);
  std::vector<Position> all;
  for (int i = 0; i < 20000; ++i) {
    all.push_back({std::asin(one(random)) / kRadian, 180 * one(random)});
    const double little = std::pow(10, 5 * one(random) - 5);
    all.push_back({std::copysign(90 - little, one(random)), 180 * one(random)});
    all.push_back({90 * one(random), std::copysign(180 - little, one(random))});
    all.push_back({little * one(random), little * one(random)});
  }
  for (const double lat : {-90.0, -0.0, 0.0, 90.0}) {
    for (const double lng : {-180.0, -0.0, 0.0, 180.0}) all.push_back({lat, lng});
  }
  return all;
}

TEST(Snap, TheCentreIsNearAndItsOwn) {
  double furthest = 0;
  for (const double km : kSizes) {
    for (const Position position : positions()) {
      const Position centre = snap(position, km);
      const double share = distance(position, centre) / km;
      furthest = std::max(furthest, share);
      ASSERT_LE(share, kSnapsBy) << position.lat << ' ' << position.lng << ' ' << km;
      ASSERT_TRUE(same(centre, snap(centre, km))) << centre.lat << ' ' << centre.lng << ' ' << km;
      ASSERT_LT(std::abs(centre.lat), 90);
      ASSERT_LT(std::abs(centre.lng), 180);
    }
  }
  EXPECT_GT(furthest, 0.7);  // the bound is no larger than it must be
}

TEST(Snap, TheGridHasNotManyMoreCellsThanTheEarthHasRoomFor) {
  constexpr double earth = 510.066e6;  // km²
  for (const double km : {1.0, kCoarsestGrid}) {
    const double bands = std::ceil(90 * 111.7 / km);
    double cells = 0;
    for (double i = 0; i < bands; ++i) cells += 2 * cells_around((i + 0.5) * 90 / bands, km);
    EXPECT_GT(cells, earth / km / km);
    EXPECT_LT(cells, 1.02 * earth / km / km);
  }
}

TEST(Snap, NeighboursShareACentreAndStrangersDoNot) {
  EXPECT_TRUE(same(snap({12.9716, 77.5946}, 1), snap({12.9712, 77.5949}, 1)));
  EXPECT_FALSE(same(snap({12.9716, 77.5946}, 1), snap({12.9833, 77.6089}, 1)));
  EXPECT_FALSE(same(snap({12.9716, 77.5946}, 1), snap({-12.9716, 77.5946}, 1)));
}

TEST(Snap, TheHundredAndEightiethMeridianIsOne) {
  for (const double km : kSizes) {
    for (const double lat : {-90.0, -41.3, 0.0, 65.0, 90.0}) {
      EXPECT_TRUE(same(snap({lat, 180}, km), snap({lat, -180}, km)));
    }
  }
}

TEST(Snap, WhatIsNoPositionStays) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(snap({90.5, 0}, 1).lat, 90.5);
  EXPECT_EQ(snap({0, -181}, 1).lng, -181);
  EXPECT_EQ(snap({0.123456789, std::numeric_limits<double>::infinity()}, 1).lat, 0.123456789);
  EXPECT_EQ(snap({nan, 0.123456789}, 1).lng, 0.123456789);
}

}  // namespace
}  // namespace tailor::api
