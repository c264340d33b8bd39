#include "cache/scope.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tailor::cache {
namespace {

// The spherical distance is off by at most 0.56 % of the true one: this much more is surely enough.
constexpr double kMargin = 1.01;
constexpr double kMarginKm = 0.01;
constexpr double kEarthRadiusKm = 6371.0088;

double radians(double degrees) {
  return degrees * std::numbers::pi / 180;
}

// A lower bound of it: only north or south. Most changes are told to be far away by this alone.
double distance_at_least_km(const Point& a, const Point& b) {
  return kEarthRadiusKm * std::abs(radians(b.latitude - a.latitude));
}

double distance_km(const Point& a, const Point& b) {
  const double up = std::sin(radians(b.latitude - a.latitude) / 2);
  const double across = std::sin(radians(b.longitude - a.longitude) / 2);
  const double square =
      up * up + std::cos(radians(a.latitude)) * std::cos(radians(b.latitude)) * across * across;
  return 2 * kEarthRadiusKm * std::asin(std::min(std::sqrt(square), 1.0));
}

bool may_show(const Scope& scope, const std::string& id) {
  return !scope.shown || std::ranges::find(*scope.shown, id) != scope.shown->end();
}

}  // namespace

bool touches(const Change& change, const Scope& scope) {
  if (change.everything) return true;
  if (!change.user.empty()) return may_show(scope, change.user);
  if (!scope.tailor.empty()) return change.tailor.empty() || change.tailor == scope.tailor;
  if (change.points.empty() && !change.unlocated) return may_show(scope, change.tailor);
  if (!scope.centre) return true;
  if (change.unlocated && scope.unlocated) return true;
  const double reach = scope.radius_km * kMargin + kMarginKm;
  // Not "<= reach", so that a distance that is no number counts as near.
  return std::ranges::any_of(change.points, [&](const Point& point) {
    return !(distance_at_least_km(point, *scope.centre) > reach) &&
           !(distance_km(point, *scope.centre) > reach);
  });
}

}  // namespace tailor::cache
