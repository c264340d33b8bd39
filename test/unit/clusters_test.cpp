// The cells of a map, where their tailors are, and the SQL engine's statement for them.
#include "core/clusters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <s2/s2cell_id.h>
#include <s2/s2latlng.h>

#include <array>
#include <cmath>
#include <numbers>
#include <random>
#include <regex>
#include <string>
#include <vector>

#include "core/clusters_sql.hpp"

namespace tailor {
namespace {

using testing::HasSubstr;

constexpr Box kWorld{-180, -90, 180, 90};

ClusterSum sum_of(std::initializer_list<LatLng> points) {
  ClusterSum sum;
  for (const LatLng& point : points) {
    const std::int64_t cell = leaf_cell(point.lat, point.lng);
    sum.add({&cell, 1});
  }
  return sum;
}

TEST(Clusters, TheCentreIsTheMeanToACentimetre) {
  const LatLng mean = mean_of(sum_of({{10, 20}, {11, 20.5}, {10.5, 21}}));
  EXPECT_NEAR(mean.lat, 10.5, 2e-7);
  EXPECT_NEAR(mean.lng, 20.5, 2e-7);
  const LatLng negative = mean_of(sum_of({{-10, -20}, {-11, -20.5}, {-10.5, -21}}));
  EXPECT_NEAR(negative.lat, -10.5, 2e-7);
  EXPECT_NEAR(negative.lng, -20.5, 2e-7);
}

TEST(Clusters, TheOrderOfTailorsMakesNoDifference) {
  const ClusterSum one = sum_of({{10, 20}, {11.3, 20.1}, {10.7, 21.9}}),
                   other = sum_of({{10.7, 21.9}, {10, 20}, {11.3, 20.1}});
  EXPECT_EQ(mean_of(one).lat, mean_of(other).lat);
  EXPECT_EQ(mean_of(one).lng, mean_of(other).lng);
  EXPECT_EQ(bounds_of(one).west, bounds_of(other).west);
}

TEST(Clusters, DegreesAreThoseOfS2) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 200000; ++i) {
    const S2CellId id(S2CellId::FromFacePosLevel(i % 6, random() & ((std::uint64_t{1} << 60) - 1), 30));
    const auto cell = static_cast<std::int64_t>(id.id());
    ClusterSum sum;
    sum.add({&cell, 1});
    const S2LatLng expected = id.ToLatLng();
    ASSERT_NEAR(static_cast<double>(sum.sum.lat), expected.lat().degrees() * kFixedUnit, 0.53);
    ASSERT_NEAR(static_cast<double>(sum.sum.lng), expected.lng().degrees() * kFixedUnit, 0.53);
  }
}

TEST(Clusters, CellsTogetherAndOneByOneGiveTheSame) {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> unit(-1, 1);
  std::vector<std::int64_t> cells;
  ClusterSum alone, together;
  for (int i = 0; i < 1001; ++i) {
    cells.push_back(leaf_cell(90 * unit(random), 180 * unit(random)));
    alone.add({&cells.back(), 1});
  }
  together.add(cells);
  EXPECT_EQ(alone.count, together.count);
  const auto all = [](const ClusterSum& sum) {
    return std::array{sum.sum.lat, sum.sum.lng, sum.least.lat, sum.least.lng, sum.most.lat, sum.most.lng};
  };
  EXPECT_EQ(all(alone), all(together));
}

TEST(Clusters, BoundsContainEachPoint) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> unit(-1, 1);
  for (int i = 0; i < 20000; ++i) {
    const double lat = i % 2 == 0 ? 90 * unit(random)
                                  : std::copysign(90 - std::exp2(-30 * std::abs(unit(random))), unit(random));
    const LatLng point{lat, 180 * unit(random)};
    const Box bounds = bounds_of(sum_of({point}));
    EXPECT_TRUE(bounds.contains(point.lat, point.lng)) << point.lat << ' ' << point.lng;
    EXPECT_LT((bounds.east - bounds.west) * std::cos(lat * std::numbers::pi / 180), 3.1e-6);
    EXPECT_LT(bounds.north - bounds.south, 2.1e-6);
  }
  for (const double lng : {0.0, 45.0, 179.0, -135.0, 180.0, -180.0})
    for (const double lat : {90.0, -90.0}) EXPECT_TRUE(bounds_of(sum_of({{lat, lng}})).contains(lat, lng));
}

TEST(Clusters, BoundsAreShortDecimals) {
  const Box bounds = bounds_of(sum_of({{12.9716, 77.5946}}));
  EXPECT_EQ(bounds.west, 77.594599);
  EXPECT_EQ(bounds.south, 12.971599);
  EXPECT_EQ(bounds.east, 77.594601);
  EXPECT_EQ(bounds.north, 12.971601);
}

TEST(Clusters, NoCellLiesOnBothSidesOfTheAntimeridian) {
  EXPECT_EQ(cluster_level(0), 1);
  const int level = cluster_level(0);
  for (const double lat : {-89.0, -45.0, 0.0, 45.0, 89.0})
    EXPECT_NE(cluster_cell(leaf_cell(lat, 179.9), level), cluster_cell(leaf_cell(lat, -179.9), level));
}

TEST(Clusters, CellsContainThoseOfTheNextZoom) {
  const std::int64_t leaf = leaf_cell(12.97, 77.59);
  for (int level = 1; level < kMaxZoom; ++level)
    EXPECT_EQ(cluster_cell(leaf, level + 1) >> 2, cluster_cell(leaf, level));
  EXPECT_EQ(cluster_cell(leaf, kMaxZoom), static_cast<std::uint64_t>(leaf) >> 1);
}

TEST(Clusters, CellsOfAnArea) {
  EXPECT_NEAR(cells_in_box(kWorld, 5), 6 * 1024, 200);
  EXPECT_NEAR(cells_in_circle(2.1e7, 5), 6 * 1024, 200);
  EXPECT_NEAR(cells_in_box({170, -10, -170, 10}, 8), cells_in_box({-10, -10, 10, 10}, 8), 1e-6);
  EXPECT_EQ(cells_in_box({5, 5, 5, 5}, 30), 1);
  EXPECT_GT(cells_in_box({-180, 0, 180, 0}, 20), 4e6) << "a line crosses many cells";
  EXPECT_GT(cells_in_box({0, -90, 0, 90}, 20), 2e6);
}

TEST(ClustersSql, OperatorsAreQualifiedAndUnlocatedRowsAreLeftOut) {
  const SqlNames names{.tailor = "app.\"Tailor\"", .user = "u", .sample_work = "w", .postgis_schema = "gis"};
  const std::regex bare_operator(R"( (=|<|>|<=|>=|<>|&&|@>) )");
  for (int filters = 0; filters < 64; ++filters) {
    const std::string sql = clusters_sql(names, {.skills = (filters & 1) != 0,
                                                 .all_skills = (filters & 2) != 0,
                                                 .min_experience = (filters & 4) != 0,
                                                 .max_experience = (filters & 8) != 0,
                                                 .min_rating = (filters & 16) != 0,
                                                 .include_unlocated = true,
                                                 .box = (filters & 32) != 0});
    EXPECT_FALSE(std::regex_search(sql, bare_operator)) << sql;
    EXPECT_THAT(sql, HasSubstr("FROM app.\"Tailor\" t\n  WHERE gis.ST_DWithin("));
    EXPECT_EQ(sql.find("IS NULL"), std::string::npos) << sql;
  }
}

}  // namespace
}  // namespace tailor
