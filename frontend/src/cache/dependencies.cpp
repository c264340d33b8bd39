#include "cache/dependencies.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

namespace tailor::cache {
namespace {

// The spherical distance differs from the true one by at most 0.56 %, so this margin is enough.
constexpr double kMargin = 1.01;
constexpr double kMarginKm = 0.01;
constexpr double kEarthRadiusKm = 6371.0088;

double radians(double degrees) {
  return degrees * std::numbers::pi / 180;
}

// A lower bound by latitude alone, which suffices for most changes far away.
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

// The search compares a tailor's coordinates alike. A NaN counts as within.
bool is_outside(const Point& point, const Box& box) {
  if (point.latitude < box.south || point.latitude > box.north) return true;
  const bool before = point.longitude<box.west, behind = point.longitude> box.east;
  return box.west <= box.east ? before || behind : before && behind;
}

// The text is searched for the id as JSON writes it. Changes are rare, so parsing the ids of each answer
// would cost more.
bool may_show(const Dependencies& dependencies, const std::string& id) {
  return !dependencies.shown || dependencies.shown->find(nlohmann::json(id).dump()) != std::string::npos;
}

}  // namespace

bool invalidates(const Change& change, const Dependencies& dependencies) {
  if (change.everything) return true;
  if (!change.user.empty()) return may_show(dependencies, change.user);
  if (!dependencies.tailor.empty()) return change.tailor.empty() || change.tailor == dependencies.tailor;
  if (change.points.empty() && !change.unlocated) return may_show(dependencies, change.tailor);
  if (!dependencies.centre && !dependencies.box) return true;
  if (change.unlocated && dependencies.unlocated) return true;
  if (dependencies.box)
    return !std::ranges::all_of(change.points,
                                [&](const Point& point) { return is_outside(point, *dependencies.box); });
  const double reach = dependencies.radius_km * kMargin + kMarginKm;
  // Not "<= reach": a NaN distance must count as near.
  return std::ranges::any_of(change.points, [&](const Point& point) {
    return !(distance_at_least_km(point, *dependencies.centre) > reach) &&
           !(distance_km(point, *dependencies.centre) > reach);
  });
}

}  // namespace tailor::cache
