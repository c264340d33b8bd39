// The point in a geography, read from its serialized form (PostGIS's gserialized, versions 1 and 2).
#pragma once

#include "src/postgres.hpp"

namespace tailor {

enum class PointKind { point, empty, other };

struct GeographyPoint {
  PointKind kind;
  int32 srid;       // where it is a point, or empty
  double lat, lng;  // degrees, where it is a point
};

/// Reads a geography Datum, detoasted where needed.
GeographyPoint read_geography_point(Datum geography);

}  // namespace tailor
