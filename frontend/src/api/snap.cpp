#include "api/snap.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tailor::api {
namespace {

// WGS 84's longest degree, of a meridian at a pole, is 111.694 km; a degree of longitude is at most that
// times the latitude's cosine.
constexpr double kDegree = 111.7;

// A band of latitude, counted from the equator. Each hemisphere has a whole number of bands.
struct Band {
  Band(double lat, double km) {
    const double count = std::ceil(90 * kDegree / km);
    height = 90 / count;
    lower = std::min(std::floor(std::abs(lat) / height), count - 1) * height;  // a pole is in the last band
    const double longest = kDegree * std::cos(lower * std::numbers::pi / 180);
    cells = std::ceil(360 * longest / km);
  }

  double height;  // degrees
  double lower;   // edge nearer to the equator
  double cells;
};

double rounded(double degrees) {
  return std::round(degrees * 1e6) / 1e6;
}

}  // namespace

double cells_around(double lat, double km) {
  return Band(lat, km).cells;
}

Position snap(Position position, double km) {
  if (!(std::abs(position.lat) <= 90 && std::abs(position.lng) <= 180)) return position;
  const Band band(position.lat, km);
  double cell = std::floor((position.lng + 180) / 360 * band.cells);
  if (cell >= band.cells) cell = 0;  // 180° is -180°
  return {rounded(std::copysign(band.lower + band.height / 2, position.lat)),
          rounded((cell + 0.5) / band.cells * 360 - 180)};
}

}  // namespace tailor::api
