// The trigger that derives a tailor's point from latitude and longitude, the only columns that the
// application writes.
#include "core/model.hpp"
#include "src/postgis/postgis.hpp"
#include "src/triggers/row_change.hpp"

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

// A point that the statement itself sets is not overwritten.
bool is_in_step(const RowChange& change, const Columns& columns) {
  if (heap_attisnull(change.after, columns.point, change.descriptor)) return false;
  if (change.before == nullptr || change.differs(point_column.name)) return true;
  return !change.differs(kLatitude) && !change.differs(kLongitude);
}

bool is_between(double value, double bound) {
  return value >= -bound && value <= bound;  // false for NaN
}

// Checks a domain's constraints, which PostgreSQL checks on conversion only, not after a trigger.
void check_domain(const RowChange& change, int column, Datum value, bool null) {
  const Oid type = SPI_gettypeid(change.descriptor, column);
  if (getBaseType(type) != type) domain_check(value, null, type, nullptr, nullptr);
}

// NULL for invalid latitude or longitude: PostGIS would coerce them or raise an error.
HeapTuple placed(const RowChange& change, const Columns& columns) {
  bool no_lat = false;
  bool no_lng = false;
  const double lat = DatumGetFloat8(heap_getattr(change.after, columns.latitude, change.descriptor, &no_lat));
  const double lng =
      DatumGetFloat8(heap_getattr(change.after, columns.longitude, change.descriptor, &no_lng));
  int number = columns.point;
  bool nowhere = no_lat || no_lng || !is_between(lat, 90) || !is_between(lng, 180);
  Datum point = nowhere ? Datum{0} : make_geography(lat, lng);
  check_domain(change, number, point, nowhere);
  return heap_modify_tuple_by_cols(change.after, change.descriptor, 1, &number, &point, &nowhere);
}

// The attribute number of the point column; 0 if it is missing or its type does not fit.
int point_number(TupleDesc descriptor) {
  const int number = column_of_type(descriptor, point_column.name, geography_type());
  if (number == 0) return 0;
  const Form_pg_attribute attribute = TupleDescAttr(descriptor, number - 1);
  int32 modifier = attribute->atttypmod;
  const Oid base = getBaseTypeAndTypmod(attribute->atttypid, &modifier);
  return holds_points(base, modifier) ? number : 0;
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
  const tailor::Columns columns{tailor::column_of_type(change.descriptor, tailor::kLatitude, FLOAT8OID),
                                tailor::column_of_type(change.descriptor, tailor::kLongitude, FLOAT8OID),
                                tailor::point_number(change.descriptor)};
  const bool serves = columns.latitude > 0 && columns.longitude > 0 && columns.point > 0;
  return PointerGetDatum(serves && !is_in_step(change, columns) ? placed(change, columns) : change.after);
}
}
