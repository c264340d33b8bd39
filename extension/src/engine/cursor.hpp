// The position of a page in the order of a search: that of the row before it.
#pragma once

#include "src/postgres.hpp"

namespace tailor {

struct Cursor {
  int32 page;         // the page that the row ends
  bool has_key;       // false: NULL, or the order is by distance alone
  double key;         // experience or rating
  bool located;       // false: no distance
  double kilometres;  // as PostGIS gives it
  text* id;           // nullptr: NULL
};

}  // namespace tailor
