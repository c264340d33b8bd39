// What is needed of PostGIS itself, wherever it was installed.
#pragma once

#include "src/postgres.hpp"

namespace tailor {

/// The type geography of the extension postgis. Raises 42704 when PostGIS is not there.
Oid geography_type();

/// The schema that PostGIS lives in.
Oid postgis_namespace();

/// Its name, quoted for SQL text; palloc'd.
const char* postgis_schema();

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
