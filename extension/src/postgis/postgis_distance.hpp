// The distances of PostGIS's own ST_Distance and ST_DWithin around one centre: the last word on every
// distance.
#pragma once

#include "src/postgres.hpp"
//
#include <optional>

#include "core/geodesic.hpp"

namespace tailor {

/// PostGIS itself is asked as rarely as can be: making its centre and calling it costs more than the
/// geodesic.
class PostgisDistance {
 public:
  /// Around a point in degrees, for the life of the current memory context.
  PostgisDistance(double lat, double lng) : centre_{lat, lng} {}

  /// ST_Distance / 1000. Worked out here, once it was seen that PostGIS works out the same.
  double kilometres(Datum point);

  /// What computes it: "PROJ", or "ST_Distance" if the two were seen to differ. nullptr: not used
  /// yet.
  const char* asked() const;

  /// ST_DWithin, which is PostGIS's.
  bool within(Datum point, double metres);

 private:
  Datum centre();

  const LatLng centre_;
  std::optional<bool> can_do_without_postgis_;
  Datum geography_ = 0;  // the centre as one, once it was needed
  FmgrInfo distance_{};  // PostGIS keeps a cache in each
  FmgrInfo within_{};
};

/// Registers for changes of PostGIS's functions; called once, when the library is loaded.
void watch_distance_function();

}  // namespace tailor
