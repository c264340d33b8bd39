// A search request, with all arguments checked.
#pragma once

#include "src/engine/cursor.hpp"
#include "src/postgres.hpp"
//
#include "core/box.hpp"
#include "core/search_shape.hpp"

namespace tailor {

struct Request {
  double lat, lng;         // of the centre; degrees, WGS 84; |lat| <= 90, |lng| <= 180
  double max_distance_km;  // > 0, where the area is a circle
  Box box;                 // where shape.box: the area, instead of the circle
  ArrayType* skills;       // any or all of these; nullptr: no filter
  int32 min_experience;    // years, where shape.min_experience
  int32 max_experience;    // years, where shape.max_experience
  double min_rating;       // where shape.min_rating
  int32 page, page_size;   // from 1; 1 to 100
  int32 sample_works;      // 0 to 100 a tailor
  int32 nearest;           // the page has so many of the nearest; 0: all matches are on pages
  Cursor after;            // where shape.after
  bool facets;             // count by skill, rating and experience, too
  bool clusters;           // count by the cells of a map, too
  int32 zoom;              // of the map, where clusters
  SearchShape shape;       // the filters in use, and the order

  double metres() const { return max_distance_km * 1000; }
  int64 offset() const { return shape.after ? 0 : (int64{page} - 1) * page_size; }
};

}  // namespace tailor
