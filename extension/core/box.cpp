#include "core/box.hpp"

#include <s2/s2cap.h>
#include <s2/s2latlng_rect.h>
#include <s2/s2region_coverer.h>
#include <s2/s2region_union.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>

#include "core/cell_decoding.hpp"
#include "core/covering.hpp"

namespace tailor {
namespace {

constexpr double kSlack = 1e-8;  // radians, 6 cm: more than a leaf cell and all rounding
// From here to the pole, in radians, a point's rounding moves its longitude by more than the slack.
constexpr double kPolarCap = 2e-5;
constexpr int kMostCells = 20;
constexpr double kLargeAngle = 0.8;           // radians
constexpr double kEverywhereMetres = 3e7;     // ST_DWithin accepts every point by the spherical distance
constexpr double kMostMetresARadian = 6.4e6;  // metres a radian, at most

double in_radians(double degrees) {
  return degrees * std::numbers::pi / 180;
}

// S2 takes [180, -180] for the empty interval.
S1Interval longitudes(const Box& box) {
  const S1Interval interval(in_radians(box.west), in_radians(box.east));
  return interval.is_empty() ? S1Interval::FromPoint(std::numbers::pi) : interval;
}

S2LatLngRect widened(const Box& box) {
  return S2LatLngRect(R1Interval(in_radians(box.south), in_radians(box.north)), longitudes(box))
      .Expanded(S2LatLng::FromRadians(kSlack, kSlack));
}

std::unique_ptr<S2Region> polar_cap(double z) {
  return std::make_unique<S2Cap>(S2Point(0, 0, z), S1Angle::Radians(kPolarCap));
}

}  // namespace

LatLng middle_of(const Box& box) {
  const double lat = (box.south + box.north) / 2;
  if (box.west <= box.east) return {lat, (box.west + box.east) / 2};
  const double lng = (box.west + box.east + 360) / 2;
  return {lat, lng > 180 ? lng - 360 : lng};
}

BoundingCircle bounding_circle(const Box& box) {
  const S2Cap cap = widened(box).GetCapBound();
  const double angle = cap.GetRadius().radians();
  const S2LatLng centre(cap.center());
  const double metres = angle > kLargeAngle ? kEverywhereMetres : angle * kMostMetresARadian + 1;
  return {{centre.lat().degrees(), centre.lng().degrees()}, metres};
}

// Where the circle comes near a pole, every longitude may be in it.
Box box_around(const LatLng& centre, double metres) {
  const S1Angle radius = S1Angle::Radians(std::min(std::numbers::pi, cap_angle(metres)));
  const S2LatLngRect around = S2Cap(S2LatLng::FromDegrees(centre.lat, centre.lng).ToPoint(), radius)
                                  .GetRectBound()
                                  .Expanded(S2LatLng::FromRadians(kSlack, kSlack));
  const double pole = std::numbers::pi / 2 - kPolarCap;
  const bool at_north = around.lat().hi() > pole, at_south = around.lat().lo() < -pole;
  const bool all_around = at_north || at_south || around.lng().is_full();
  return {all_around ? -180 : around.lng_lo().degrees(), at_south ? -90 : around.lat_lo().degrees(),
          all_around ? 180 : around.lng_hi().degrees(), at_north ? 90 : around.lat_hi().degrees()};
}

double reach_metres(const Box& box, const LatLng& centre) {
  const S2Cap cap = widened(box).GetCapBound();
  const S1Angle away(cap.center(), S2LatLng::FromDegrees(centre.lat, centre.lng).ToPoint());
  return kMeanRadius * std::min(std::numbers::pi, away.radians() + cap.GetRadius().radians());
}

std::vector<CellRange> box_covering(const Box& box) {
  std::vector<std::unique_ptr<S2Region>> parts;
  parts.push_back(std::make_unique<S2LatLngRect>(widened(box)));
  if (in_radians(90 - box.north) < kPolarCap) parts.push_back(polar_cap(1));
  if (in_radians(90 + box.south) < kPolarCap) parts.push_back(polar_cap(-1));
  S2RegionCoverer coverer;
  coverer.mutable_options()->set_max_cells(kMostCells);
  const S2RegionUnion region(std::move(parts));
  const LatLng middle = middle_of(box);
  return few_ranges(coverer.GetCovering(region).cell_ids(), leaf_cell(middle.lat, middle.lng));
}

BoxEdges::BoxEdges(const Box& box)
    : south_(box.south == -90 ? -2 : std::sin(in_radians(box.south))),
      north_(box.north == 90 ? 2 : std::sin(in_radians(box.north))),
      west_{-std::sin(in_radians(box.west)), std::cos(in_radians(box.west))},
      east_{-std::sin(in_radians(box.east)), std::cos(in_radians(box.east))} {
  const double width = box.east - box.west + (box.west <= box.east ? 0 : 360);
  all_around_ = width == 360 && box.west < box.east;
  more_than_half_ = width > 180;
}

// A point's distance from a plane changes by no more than the margin within the margin.
inline Side BoxEdges::side(double x, double y, double z, double margin) const {
  if (z < south_ - margin || z > north_ + margin) return Side::outside;
  const bool between = z > south_ + margin && z < north_ - margin;
  if (all_around_) return between ? Side::inside : Side::edge;
  const double from_west = x * west_.x + y * west_.y, from_east = x * east_.x + y * east_.y;
  const bool east_of_west = from_west > margin, west_of_east = from_east < -margin;
  const bool west_of_west = from_west<-margin, east_of_east = from_east> margin;
  if (more_than_half_ ? west_of_west && east_of_east : west_of_west || east_of_east) return Side::outside;
  const bool certain = more_than_half_ ? east_of_west || west_of_east : east_of_west && west_of_east;
  return between && certain ? Side::inside : Side::edge;
}

Side BoxEdges::side_of(std::int64_t first, std::int64_t last) const {
  const int level = common_level(first, last);
  if (level < 0) return Side::edge;
  const S2Point centre = cell_direction(first, level).Normalize();
  return side(centre.x(), centre.y(), centre.z(), cell_radius(level) + kSlack);
}

void BoxEdges::sides_of(std::span<const std::int64_t> cells, Side* sides) const {
  for (const std::int64_t cell : cells) *sides++ = side_of(cell, cell);
}

}  // namespace tailor
