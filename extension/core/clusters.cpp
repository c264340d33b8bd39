#include "core/clusters.hpp"

#include <array>
#include <cmath>
#include <numbers>
#include <utility>

#include "core/cell_decoding.hpp"

namespace tailor {
namespace {

constexpr double kRightAngle = std::numbers::pi / 2;
// A point is at most so far from its leaf cell's centre, in fixed units of latitude: half a diagonal and the
// centre's rounding.
constexpr double kClusterCellError = 1.2;
constexpr std::int64_t kBoundStep = 10;  // in fixed units

double to_radians(double degrees) {
  return degrees * std::numbers::pi / 180;
}

// atan() on [-1, 1] is 2 sum (-1)^k t^(2k + 1) / (2k + 1) T_(2k + 1) with Chebyshev's polynomials T, t =
// tan(pi / 8). The terms left out are less than 2e-9 degrees.
constexpr int kTerms = 12;
constexpr std::array<double, kTerms> arc_tangent_terms() {
  constexpr double kTangent = 0.41421356237309504880;
  std::array<double, kTerms> terms{};
  double power = 2 * kTangent;
  for (int k = 0; k < kTerms; ++k, power *= -kTangent * kTangent) terms[k] = power / (2 * k + 1);
  return terms;
}

// By Clenshaw's recurrence. Unrolled, because a compiler does a loop on vectors only if it has no loop
// inside.
template <std::size_t... kEach>
[[gnu::always_inline]] inline double arc_tangent(double tangent, std::index_sequence<kEach...>) {
  constexpr auto kTermsInOrder = arc_tangent_terms();
  const double twice = 4 * tangent * tangent - 2;
  double last = 0, next = 0, here = 0;
  ((here = kTermsInOrder[kTerms - 1 - kEach] + twice * last - next, next = last, last = here), ...);
  return tangent * (last - next);
}

// std::atan2(y, x), where `length` is that of (x, y): by half of the angle, whose tangent is at most 1 where
// x is positive. No branch, so that a compiler can do it on vectors, and each processor computes the same.
[[gnu::always_inline]] inline double angle_of(double y, double x, double length) {
  const double half = arc_tangent(y / (length + std::abs(x)), std::make_index_sequence<kTerms>());
  const double side = std::copysign(1.0, x);
  return std::copysign(kRightAngle * (1 - side), y) + side * 2 * half;
}

// Rounded to a whole number of fixed units. The constant has no room for fractions beside them.
[[gnu::always_inline]] inline double fixed(double radians) {
  constexpr double kNoFractions = 0x1.8p52;
  return radians * (180 / std::numbers::pi * kFixedUnit) + kNoFractions - kNoFractions;
}

struct Extent {
  std::int64_t sum, least, most;
};

// The sum of so few whole numbers is exact in any order.
TAILOR_BY_PROCESSOR Extent extent_of(const double* numbers, std::size_t count) {
  double sum = 0, least = numbers[0], most = numbers[0];
#pragma omp simd reduction(+ : sum) reduction(min : least) reduction(max : most)
  for (std::size_t i = 0; i < count; ++i) {
    sum += numbers[i];
    least = numbers[i] < least ? numbers[i] : least;
    most = numbers[i] > most ? numbers[i] : most;
  }
  return {static_cast<std::int64_t>(sum), static_cast<std::int64_t>(least), static_cast<std::int64_t>(most)};
}

std::int64_t floor_divide(std::int64_t number, std::int64_t by) {
  return number / by - (number % by < 0 ? 1 : 0);
}

// Halves are rounded up.
double mean(std::int64_t sum, std::int64_t count) {
  return static_cast<double>(floor_divide(2 * sum + count, 2 * count)) / kFixedUnit;
}

// A multiple of the step, as the decimal fraction that it is.
double bound(std::int64_t steps, double limit) {
  return std::clamp(static_cast<double>(steps) / (kFixedUnit / kBoundStep), -limit, limit);
}

double bound_below(std::int64_t least, std::int64_t error, double limit) {
  return bound(floor_divide(least - error, kBoundStep), limit);
}

double bound_above(std::int64_t most, std::int64_t error, double limit) {
  return bound(-floor_divide(-(most + error), kBoundStep), limit);
}

// Meridians converge: near a pole a centimetre is many degrees.
std::int64_t longitude_error(const ClusterSum& sum) {
  constexpr double kTurn = 360 * kFixedUnit;
  const auto farthest = static_cast<double>(std::max(std::abs(sum.least.lat), std::abs(sum.most.lat)));
  const double cosine = std::cos(to_radians(std::min(90.0, (farthest + kClusterCellError) / kFixedUnit)));
  return static_cast<std::int64_t>(std::ceil(std::min(kTurn, kClusterCellError / std::max(cosine, 1e-12))));
}

double cells(double area, double perimeter, int level) {
  const double edge = kRightAngle * std::exp2(-level);
  const double cell = 4 * std::numbers::pi / 6 * std::exp2(-2 * level);
  return area / cell + perimeter / edge + 1;
}

TAILOR_BY_PROCESSOR void cell_degrees(std::span<const std::int64_t> cells, double* lats, double* lngs) {
  each_run_on_a_face(
      cells, [&](auto face, std::size_t first, std::size_t count) __attribute__((always_inline)) {
#pragma omp simd
        for (std::size_t i = first; i < first + count; ++i) {
          const Direction to = leaf_direction<decltype(face)::value>(cells[i]);
          const double level = to.x * to.x + to.y * to.y, across = std::sqrt(level);
          lats[i] = fixed(angle_of(to.z, across, std::sqrt(level + to.z * to.z)));
          lngs[i] = fixed(angle_of(to.y, to.x, across));
        }
      });
}

}  // namespace

void ClusterSum::add(std::span<const std::int64_t> cells) {
  constexpr std::size_t kAtOnce = 256;
  double lats[kAtOnce], lngs[kAtOnce];
  while (!cells.empty()) {
    const auto some = cells.first(std::min(kAtOnce, cells.size()));
    cell_degrees(some, lats, lngs);
    add(lats, lngs, some.size());
    cells = cells.subspan(some.size());
  }
}

void ClusterSum::add(const double* lats, const double* lngs, std::size_t cells) {
  const Extent lat = extent_of(lats, cells), lng = extent_of(lngs, cells);
  least = count == 0 ? FixedDegrees{lat.least, lng.least}
                     : FixedDegrees{std::min(least.lat, lat.least), std::min(least.lng, lng.least)};
  most = count == 0 ? FixedDegrees{lat.most, lng.most}
                    : FixedDegrees{std::max(most.lat, lat.most), std::max(most.lng, lng.most)};
  sum = {sum.lat + lat.sum, sum.lng + lng.sum};
  count += static_cast<std::int64_t>(cells);
}

LatLng mean_of(const ClusterSum& sum) {
  return {mean(sum.sum.lat, sum.count), mean(sum.sum.lng, sum.count)};
}

Box bounds_of(const ClusterSum& sum) {
  const auto lat = static_cast<std::int64_t>(std::ceil(kClusterCellError));
  const std::int64_t lng = longitude_error(sum);
  return {.west = bound_below(sum.least.lng, lng, 180),
          .south = bound_below(sum.least.lat, lat, 90),
          .east = bound_above(sum.most.lng, lng, 180),
          .north = bound_above(sum.most.lat, lat, 90)};
}

double cells_in_box(const Box& box, int level) {
  const double south = to_radians(box.south), north = to_radians(box.north);
  const double width = to_radians(box.east - box.west + (box.west <= box.east ? 0 : 360));
  const double area = width * (std::sin(north) - std::sin(south));
  return cells(area, 2 * (north - south) + width * (std::cos(south) + std::cos(north)), level);
}

double cells_in_circle(double metres, int level) {
  const double angle = std::min(std::numbers::pi, metres / kMeanRadius);
  return cells(2 * std::numbers::pi * (1 - std::cos(angle)), 2 * std::numbers::pi * std::sin(angle), level);
}

}  // namespace tailor
