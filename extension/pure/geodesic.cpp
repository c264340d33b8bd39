#include "geodesic.hpp"

#include <geodesic.h>

#include <cmath>
#include <numbers>

namespace tailor {
namespace {

constexpr double kRounding = 1e8;  // per metre

const geod_geodesic& wgs84() {
  static const geod_geodesic ellipsoid = [] {
    geod_geodesic made;
    geod_init(&made, wgs84_semi_major, (wgs84_semi_major - wgs84_semi_minor) / wgs84_semi_major);
    return made;
  }();
  return ellipsoid;
}

double through_radians(double degrees) {
  return std::numbers::pi * degrees / 180.0 * 180.0 / std::numbers::pi;
}

double longitude(double degrees) {
  return through_radians(degrees == -180 ? 180 : degrees);
}

}  // namespace

double geodesic_metres(LatLng from, LatLng to) {
  double metres = 0;
  geod_inverse(&wgs84(), through_radians(from.lat), longitude(from.lng), through_radians(to.lat),
               longitude(to.lng), &metres, nullptr, nullptr);
  return std::round(metres * kRounding) / kRounding;
}

}  // namespace tailor
