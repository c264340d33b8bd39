// The trigger that notifies listeners of changes that affect searches, so that they invalidate cached
// answers. The payloads are documented in docs/freshness.md.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/model.hpp"
#include "src/postgis/geography_point.hpp"
#include "src/postgis/postgis.hpp"
#include "src/triggers/row_change.hpp"

extern "C" {
#include "access/transam.h"
#include "commands/async.h"
#include "common/shortest_dec.h"
#include "utils/json.h"
}

namespace tailor {
namespace {

constexpr const char* kChannel = "tailor_search";

// A transaction that changes more rows than this notifies once that everything changed: a bulk load must
// neither fill the server's notification queue nor overload listeners.
constexpr int kMaxNotifications = 256;

// NOTIFY takes payloads of less than 8000 bytes.
constexpr int kLongestPayload = 7999;

template <std::size_t N>
bool touches(const RowChange& change, const std::array<Column, N>& columns) {
  if (change.before == nullptr || change.after == nullptr) return true;
  return std::ranges::any_of(columns, [&](const Column& column) { return change.differs(column.name); });
}

StringInfoData payload() {
  StringInfoData text;
  initStringInfo(&text);
  appendStringInfo(&text, "{\"v\":1,\"x\":" UINT64_FORMAT,
                   U64FromFullTransactionId(GetTopFullTransactionId()));
  return text;
}

void tell_all() {
  StringInfoData text = payload();
  appendStringInfoString(&text, ",\"all\":true}");
  Async_Notify(kChannel, text.data);
}

// Counts the rows that the transaction notified. It need not be exact: rows of rolled back subtransactions
// count, too.
bool too_many() {
  static uint64 transaction = 0;
  static int notified = 0;
  const uint64 current = U64FromFullTransactionId(GetTopFullTransactionId());
  if (current != transaction) notified = 0;
  transaction = current;
  return ++notified > kMaxNotifications;
}

// All digits, independent of extra_float_digits.
void append_point(StringInfo out, const GeographyPoint& point) {
  char lat[DOUBLE_SHORTEST_DECIMAL_LEN];
  char lng[DOUBLE_SHORTEST_DECIMAL_LEN];
  double_to_shortest_decimal_buf(point.lat, lat);
  double_to_shortest_decimal_buf(point.lng, lng);
  appendStringInfo(out, "[%s,%s]", lat, lng);
}

// Appends a tailor's position as [latitude,longitude] or null. False if it is unknown: not a point or not a
// geography.
bool append_place(StringInfo out, const RowChange& change, HeapTuple row) {
  const int number = column_of_type(change.descriptor, point_column.name, geography_type());
  if (number == 0) return false;
  bool null = false;
  const Datum geography = SPI_getbinval(row, change.descriptor, number, &null);
  const GeographyPoint point = null ? GeographyPoint{.kind = PointKind::empty, .srid = 0, .lat = 0, .lng = 0}
                                    : read_geography_point(geography);
  if (point.kind == PointKind::other) return false;
  if (point.kind == PointKind::empty || !std::isfinite(point.lat) || !std::isfinite(point.lng))
    appendStringInfoString(out, "null");
  else
    append_point(out, point);
  return true;
}

// The tailor's old and new position; an empty string if unknown.
const char* places(const RowChange& change) {
  StringInfoData text;
  initStringInfo(&text);
  appendStringInfoString(&text, ",\"at\":[");
  bool known = true;
  if (change.before != nullptr) known = append_place(&text, change, change.before);
  const bool moved = change.before == nullptr || change.after == nullptr || change.differs(point_column.name);
  if (known && change.after != nullptr && moved) {
    if (change.before != nullptr) appendStringInfoChar(&text, ',');
    known = append_place(&text, change, change.after);
  }
  appendStringInfoChar(&text, ']');
  return known ? text.data : nullptr;
}

// {"v":1,"x":…,"tailor":"id","at":[…]}; `at` is a null pointer if the position is unknown.
void tell(const char* kind, const char* key, const char* at) {
  StringInfoData text = payload();
  appendStringInfo(&text, ",\"%s\":", kind);
  escape_json(&text, key);
  if (at != nullptr) appendStringInfoString(&text, at);
  appendStringInfoChar(&text, '}');
  if (at == nullptr || text.len > kLongestPayload) return tell_all();
  Async_Notify(kChannel, text.data);
}

// Notifies of the old row and, if its key differs, of the new row.
void tell_keys(const char* kind, const RowChange& change, const char* column, const char* at) {
  const int number = SPI_fnumber(change.descriptor, column);
  if (number <= 0) return tell_all();
  const char* was =
      change.before == nullptr ? nullptr : SPI_getvalue(change.before, change.descriptor, number);
  const char* is = change.after == nullptr ? nullptr : SPI_getvalue(change.after, change.descriptor, number);
  if (was != nullptr) tell(kind, was, at);
  if (is != nullptr && (was == nullptr || std::strcmp(was, is) != 0)) tell(kind, is, at);
}

constexpr std::array place_columns{Column{"name", ColumnType::text}, Column{"latitude", ColumnType::real},
                                   Column{"longitude", ColumnType::real}};

// The kind of row is the trigger's argument. Users and works are notified without a position: they do not
// affect which tailors are found, only answers that show them. (Looking up the position here would race with
// a moving tailor.)
void notify_row(const char* table, const RowChange& change) {
  if (std::strcmp(table, "tailor") == 0) {
    if (!touches(change, tailor_columns) && !touches(change, std::array{point_column})) return;
    if (too_many()) return tell_all();
    tell_keys("tailor", change, "id", places(change));
  } else if (std::strcmp(table, "user") == 0) {
    if (!touches(change, user_columns)) return;
    if (too_many()) return tell_all();
    tell_keys("user", change, "id", "");
  } else if (std::strcmp(table, "sample_work") == 0) {
    if (!touches(change, sample_work_columns) && !touches(change, std::array{work_tailor_column})) return;
    if (too_many()) return tell_all();
    tell_keys("tailor", change, work_tailor_column.name, "");
  } else {
    if (!touches(change, place_columns)) return;
    if (too_many()) return tell_all();
    tell_keys("place", change, "name", "");
  }
}

}  // namespace
}  // namespace tailor

extern "C" {

TAILOR_SQL_FUNCTION(tailor_search_changed);
Datum tailor_search_changed(PG_FUNCTION_ARGS) {
  if (!CALLED_AS_TRIGGER(fcinfo))
    ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                    errmsg("tailor_search_changed() must be called as a trigger")));
  const auto* trigger = reinterpret_cast<TriggerData*>(fcinfo->context);
  const TriggerEvent event = trigger->tg_event;
  if (!TRIGGER_FIRED_AFTER(event) || trigger->tg_trigger->tgnargs != 1)
    ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                    errmsg("tailor_search_changed() must be fired AFTER a change, with one argument")));
  if (TRIGGER_FIRED_FOR_STATEMENT(event)) {
    tailor::tell_all();
    return Datum{0};
  }
  tailor::notify_row(trigger->tg_trigger->tgargs[0], tailor::row_change(*trigger));
  return Datum{0};
}
}
