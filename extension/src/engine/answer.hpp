// The answer of a search, as an engine hands it over: what tailor_search() returns and JSON is made of.
#pragma once

#include "src/binding/columns.hpp"

namespace tailor {

using User = Values<user_columns.size()>;
using SampleWork = Values<sample_work_columns.size()>;

struct Tailor {
  Values<tailor_columns.size()> columns;
  double distance_km;
  bool located;  // else there is no distance
  User user;     // its id is null where the user cannot be seen
  List* works;   // of SampleWork*, newest first
};

struct Answer {
  int64 total;    // matches on all pages
  List* tailors;  // of Tailor*, in order
};

}  // namespace tailor
