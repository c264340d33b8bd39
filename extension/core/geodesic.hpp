// PostGIS's distance between two points, without PostGIS: PROJ's geodesic is what it asks, too.
#pragma once

namespace tailor {

struct LatLng {
  double lat, lng;  // degrees, |lat| <= 90, |lng| <= 180
};

/// WGS 84 in metres, as PROJ's database has it for EPSG:4326; PostGIS works the flattening out of them.
inline constexpr double wgs84_semi_major = 6378137.0;
inline constexpr double wgs84_semi_minor = 6356752.314245179;

/// Metres on WGS 84, as ST_Distance(geography, geography) of PostGIS 3 gives them for points: PROJ's geodesic
/// between the coordinates as they come back from radians, rounded to 1e-8 m, and 0 within 0.3 micrometres.
/// The digits are the same only if the order of the points is. src/postgis_distance.hpp makes sure before it
/// is used.
double geodesic_metres(LatLng from, LatLng to);

}  // namespace tailor
