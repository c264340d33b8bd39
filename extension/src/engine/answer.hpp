// The answer of a search as an engine returns it, the source of tailor_search()'s rows and of the JSON.
#pragma once

#include "src/binding/columns.hpp"
#include "src/engine/clusters.hpp"
#include "src/engine/facets.hpp"

namespace tailor {

using User = Values<user_columns.size()>;
using SampleWork = Values<sample_work_columns.size()>;

struct Tailor {
  Values<tailor_columns.size()> columns;
  double distance_km;
  bool located;  // false: no distance
  User user;     // its id is null if the user is not visible
  List* works;   // of SampleWork*, newest first
};

struct Answer {
  int64 total;         // matches on all pages
  List* tailors;       // of Tailor*, in order
  bool more;           // matches follow on further pages
  double radius_km;    // of a search for the nearest: that of the circle that it took
  Facets* facets;      // where the request wants them
  Clusters* clusters;  // likewise
};

}  // namespace tailor
