// PostGIS's own ST_Distance and ST_DWithin around one centre: the last word on every distance.
#pragma once

#include "src/postgres.hpp"

namespace tailor {

class PostgisDistance {
 public:
  /// Around a point in degrees, for the life of the current memory context.
  PostgisDistance(double lat, double lng);

  double kilometres(Datum point);
  bool within(Datum point, double metres);

 private:
  Datum centre_;
  FmgrInfo distance_;  // PostGIS keeps a cache in each
  FmgrInfo within_;
};

}  // namespace tailor
