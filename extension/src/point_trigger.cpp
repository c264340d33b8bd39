// The trigger that keeps a tailor's point in step with latitude and longitude: the application writes those
// alone.
#include "pure/model.hpp"
#include "src/postgis.hpp"
#include "src/row_change.hpp"

extern "C" {
#include "access/htup_details.h"
#include "utils/float.h"
}

namespace tailor {
namespace {

constexpr const char* kLatitude = "latitude";
constexpr const char* kLongitude = "longitude";

struct Columns {
  int latitude, longitude, point;
};

// A point that was given stays: with the row, or with a change of latitude and longitude, or without one.
bool is_in_step(const RowChange& change, const Columns& columns) {
  if (heap_attisnull(change.after, columns.point, change.descriptor)) return false;
  if (change.before == nullptr || change.differs(point_column.name)) return true;
  return !change.differs(kLatitude) && !change.differs(kLongitude);
}

bool is_between(double value, double bound) {
  return value >= -bound && value <= bound;  // false for NaN
}

// No point where latitude and longitude give none: PostGIS would bend them, or raise an error.
HeapTuple placed(const RowChange& change, const Columns& columns) {
  bool no_lat = false;
  bool no_lng = false;
  const double lat = DatumGetFloat8(heap_getattr(change.after, columns.latitude, change.descriptor, &no_lat));
  const double lng =
      DatumGetFloat8(heap_getattr(change.after, columns.longitude, change.descriptor, &no_lng));
  int number = columns.point;
  bool nowhere = no_lat || no_lng || !is_between(lat, 90) || !is_between(lng, 180);
  Datum point = nowhere ? Datum{0} : make_geography(lat, lng);
  return heap_modify_tuple_by_cols(change.after, change.descriptor, 1, &number, &point, &nowhere);
}

}  // namespace
}  // namespace tailor

extern "C" {

TAILOR_SQL_FUNCTION(tailor_search_point);
Datum tailor_search_point(PG_FUNCTION_ARGS) {
  const auto* trigger = reinterpret_cast<TriggerData*>(fcinfo->context);
  if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(trigger->tg_event) ||
      !TRIGGER_FIRED_FOR_ROW(trigger->tg_event) || TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
    ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                    errmsg("tailor_search_point() must be fired BEFORE INSERT OR UPDATE, for each row")));
  const tailor::RowChange change = tailor::row_change(*trigger);
  const auto column = [&](const char* name, Oid type) {
    return tailor::column_of_type(change.descriptor, name, type);
  };
  const tailor::Columns columns{column(tailor::kLatitude, FLOAT8OID), column(tailor::kLongitude, FLOAT8OID),
                                column(tailor::point_column.name, tailor::geography_type())};
  const bool serves = columns.latitude > 0 && columns.longitude > 0 && columns.point > 0;
  return PointerGetDatum(serves && !is_in_step(change, columns) ? placed(change, columns) : change.after);
}
}
