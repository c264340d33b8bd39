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

double radians(double degrees) {
  return std::numbers::pi * degrees / 180.0;
}

double degrees(double radians) {
  return radians * 180.0 / std::numbers::pi;
}

double longitude(double lng) {
  return radians(lng == -180 ? 180 : lng);
}

// Nearer than this in both coordinates, a third of a micrometre, two points are one.
bool is_same(double a, double b) {
  constexpr double kSameRadians = 5e-14;
  return std::abs(a - b) <= kSameRadians;
}

}  // namespace

double geodesic_metres(LatLng from, LatLng to) {
  const double from_lat = radians(from.lat);
  const double from_lng = longitude(from.lng);
  const double to_lat = radians(to.lat);
  const double to_lng = longitude(to.lng);
  if (is_same(from_lat, to_lat) && is_same(from_lng, to_lng)) return 0;
  double metres = 0;
  geod_inverse(&wgs84(), degrees(from_lat), degrees(from_lng), degrees(to_lat), degrees(to_lng), &metres,
               nullptr, nullptr);
  return std::round(metres * kRounding) / kRounding;
}

}  // namespace tailor
