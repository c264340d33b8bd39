// The clusters of a search: how many tailors are in each cell of the map, and where.
#pragma once

#include "src/postgres.hpp"
//
#include "core/clusters.hpp"

namespace tailor {

struct Cluster {
  int64 count;
  LatLng centre;   // the mean of their positions
  Box bounds;      // contains them
  const text* id;  // of the one tailor; nullptr where there are more, or where it is NULL
};

/// Those with most tailors first.
struct Clusters {
  Cluster* items;
  int count;
};

}  // namespace tailor
