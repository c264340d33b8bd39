#include "src/postgis/postgis_distance.hpp"

#include <cmath>

#include "src/postgis/geography_point.hpp"
#include "src/postgis/postgis.hpp"

namespace tailor {
namespace {

// Whether geodesic_metres() was seen to give this function's digits. An upgrade of PostGIS changes the
// function under its old Oid, so the answer lasts until the catalog's entry changes.
Oid seen_distance = InvalidOid;
uint32 seen_hash = 0;
bool seen_the_same = false;

void function_changed(Datum, CatalogCacheId, uint32 hash) {
  if (hash == 0 || hash == seen_hash) seen_distance = InvalidOid;
}

Oid distance_function() {
  return postgis_function("st_distance", {geography_type(), geography_type(), BOOLOID});
}

double ask_postgis(FmgrInfo* distance, Datum point, Datum centre) {
  return DatumGetFloat8(FunctionCall3(distance, point, centre, BoolGetDatum(true)));
}

// Pairs all over the world, at 0 and from some nanometres to 400 km.
bool gives_the_same(FmgrInfo* distance) {
  constexpr int kPairs = 48;
  for (int i = 0; i < kPairs; ++i) {
    const LatLng centre{-90 + 180.0 * i / (kPairs - 1), std::remainder(137.50776405003785 * i, 360.0)};
    const double away = i % 8 == 0 ? 0 : std::pow(10, -13 + i % 15);
    const LatLng point{centre.lat - std::copysign(away, centre.lat),
                       std::remainder(centre.lng + away / 3, 360.0)};
    if (geodesic_metres(point, centre) !=
        ask_postgis(distance, make_geography(point.lat, point.lng), make_geography(centre.lat, centre.lng)))
      return false;
  }
  return true;
}

// PostGIS may be another one tomorrow: what it was seen to do is not taken for granted.
bool can_do_without_postgis() {
  const Oid function = distance_function();
  if (function != seen_distance) {
    FmgrInfo distance{};
    fmgr_info(function, &distance);
    seen_the_same = gives_the_same(&distance);
    seen_hash = GetSysCacheHashValue1(PROCOID, ObjectIdGetDatum(function));
    seen_distance = function;
  }
  return seen_the_same;
}

bool is_on_earth(const GeographyPoint& point) {
  return point.kind == PointKind::point && point.srid == wgs84_srid && std::abs(point.lat) <= 90 &&
         std::abs(point.lng) <= 180;
}

}  // namespace

void watch_distance_function() {
  CacheRegisterSyscacheCallback(PROCOID, function_changed, Datum{0});
}

double PostgisDistance::kilometres(Datum point) {
  if (!can_do_without_postgis_) can_do_without_postgis_ = can_do_without_postgis();
  const GeographyPoint read = read_geography_point(point);
  if (*can_do_without_postgis_ && is_on_earth(read))
    return geodesic_metres({read.lat, read.lng}, centre_) / 1000;
  if (!OidIsValid(distance_.fn_oid)) fmgr_info(distance_function(), &distance_);
  return ask_postgis(&distance_, point, centre()) / 1000;
}

const char* PostgisDistance::asked() const {
  if (!can_do_without_postgis_) return nullptr;
  return *can_do_without_postgis_ ? "PROJ" : "ST_Distance";
}

bool PostgisDistance::within(Datum point, double metres) {
  if (!OidIsValid(within_.fn_oid))
    fmgr_info(postgis_function("st_dwithin", {geography_type(), geography_type(), FLOAT8OID, BOOLOID}),
              &within_);
  return DatumGetBool(FunctionCall4(&within_, point, centre(), Float8GetDatum(metres), BoolGetDatum(true)));
}

Datum PostgisDistance::centre() {
  if (geography_ == 0) geography_ = make_geography(centre_.lat, centre_.lng);
  return geography_;
}

}  // namespace tailor
