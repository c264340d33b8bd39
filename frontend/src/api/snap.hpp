#pragma once

namespace tailor::api {

struct Position {
  double lat;
  double lng;
};

/// The smallest and the largest grid, in kilometres.
inline constexpr double kFinestGrid = 0.1;
inline constexpr double kCoarsestGrid = 10;

/// The largest displacement as a fraction of the grid's size: half a cell's diagonal.
inline constexpr double kSnapsBy = 0.71;

/// The centre of the grid cell that contains the position, to 6 decimals (0.1 m). Bands of latitude are
/// divided by longitude into cells of equal width, at most `km` high and wide. So the centre is at most
/// kSnapsBy × km away, and snapping it again changes nothing. An invalid position (|lat| > 90, |lng| > 180,
/// NaN) is returned unchanged.
Position snap(Position position, double km);

/// The number of cells in the band of this latitude.
double cells_around(double lat, double km);

}  // namespace tailor::api
