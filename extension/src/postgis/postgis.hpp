// What is needed of PostGIS itself, wherever it was installed.
#pragma once

#include "src/postgres.hpp"
//
#include <initializer_list>

namespace tailor {

inline constexpr int32 wgs84_srid = 4326;

/// The type geography of the extension postgis. Raises 42704 when PostGIS is not there.
Oid geography_type();

/// Whether a column of this base type and modifier holds WGS 84 points as the trigger makes them: geography
/// with two dimensions, of any form or of points alone, and SRID 4326 or none prescribed.
bool holds_points(Oid type, int32 modifier);

/// Whether its points become such ones when they lose a third and fourth dimension: also those of a geometry.
bool converts_to_points(Oid type, int32 modifier);

/// The schema that PostGIS lives in.
Oid postgis_namespace();

/// Its name, quoted for SQL text; palloc'd.
const char* postgis_schema();

/// A function of PostGIS's. Raises 42883 when there is none.
Oid postgis_function(const char* name, std::initializer_list<Oid> types);

/// A WGS 84 point as a geography in the current memory context; degrees.
Datum make_geography(double lat, double lng);

struct NearPoint {
  bool is_point;  // a single point, not empty; else the rest is not set
  int32 srid;
  double lat, lng;  // degrees
};

/// What a geography of the caller's holds.
NearPoint read_near(Datum geography);

}  // namespace tailor
