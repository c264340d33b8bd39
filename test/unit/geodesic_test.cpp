// That the digits are PostGIS's is seen by the differential test, and by the engine before it uses them.
#include "core/geodesic.hpp"

#include <gtest/gtest.h>
#include <proj.h>

#include <cmath>

namespace tailor {
namespace {

TEST(Geodesic, IsOnTheEllipsoidOfPostGis) {
  PJ_CONTEXT* context = proj_context_create();
  PJ* wgs84 = proj_create(context, "EPSG:4326");
  ASSERT_NE(wgs84, nullptr);
  PJ* ellipsoid = proj_get_ellipsoid(context, wgs84);
  double semi_major = 0;
  double semi_minor = 0;
  ASSERT_TRUE(proj_ellipsoid_get_parameters(context, ellipsoid, &semi_major, &semi_minor, nullptr, nullptr));
  EXPECT_EQ(semi_major, wgs84_semi_major);
  EXPECT_EQ(semi_minor, wgs84_semi_minor);
  proj_destroy(ellipsoid);
  proj_destroy(wgs84);
  proj_context_destroy(context);
}

TEST(Geodesic, IsRoundedToTenNanometres) {
  const double metres = geodesic_metres({12.9716, 77.5946}, {12.9833, 77.6089});
  EXPECT_NEAR(metres, 2'022, 5);
  EXPECT_EQ(std::round(metres * 1e8) / 1e8, metres);
}

TEST(Geodesic, DateLineAndPoles) {
  EXPECT_EQ(geodesic_metres({10, -180}, {10, 180}), 0);
  EXPECT_EQ(geodesic_metres({90, 0}, {90, 120}), 0);
  EXPECT_EQ(geodesic_metres({12.971600000044372, 77.59460000012929}, {12.971600000042676, 77.59460000013065}),
            0);
  EXPECT_EQ(geodesic_metres({12.971600000044372, 77.59460000012929}, {12.971600000110564, 77.59460000010202}),
            7.9e-6);
  EXPECT_EQ(geodesic_metres({0, 0}, {0, 2.8e-12}), 0);
  EXPECT_GT(geodesic_metres({0, 0}, {0, 2.9e-12}), 0);
  EXPECT_EQ(geodesic_metres({0, 179.5}, {0, -179.5}), geodesic_metres({0, -0.5}, {0, 0.5}));
}

}  // namespace
}  // namespace tailor
