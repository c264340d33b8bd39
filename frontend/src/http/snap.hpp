#pragma once

namespace tailor::http {

struct Position {
  double lat;
  double lng;
};

/// The sizes that a grid may have, in kilometres.
inline constexpr double kFinestGrid = 0.1;
inline constexpr double kCoarsestGrid = 10;

/// The most that a position is moved by, of the grid's size: half a cell's diagonal.
inline constexpr double kSnapsBy = 0.71;

/// The centre of the cell of a grid that a position lies in, to 6 decimals (0.1 m). The cells are bands of
/// latitude, cut by longitude into as many of equal width as the band needs; none is higher or wider than
/// `km`. So the centre is at most kSnapsBy × km away, and is its own centre. What is no position (|lat| > 90,
/// |lng| > 180, NaN) stays as it is.
Position snap(Position position, double km);

/// How many cells the band of this latitude has.
double cells_around(double lat, double km);

}  // namespace tailor::http
