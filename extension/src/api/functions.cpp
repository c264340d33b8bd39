// The functions that SQL calls: each reads its request, calls the engine and returns the answer.
#include "src/api/arguments.hpp"
#include "src/api/cursor_text.hpp"
#include "src/api/json.hpp"
#include "src/declaration.hpp"
#include "src/engine/engine.hpp"
#include "src/materialized.hpp"
#include "src/postgres.hpp"

namespace tailor {
namespace {

// The columns of tailor_search() after the model's.
enum ExtraColumn {
  kDistance = tailor_columns.size(),
  kUser,
  kSampleWorksJson,
  kTotal,
  kFirstColumns,  // the number of those that the first searches had
  kNext = kFirstColumns,
  kColumns
};

Datum text_datum(const StringInfoData& text) {
  return PointerGetDatum(cstring_to_text_with_len(text.data, text.len));
}

// A text datum that is built in place. Its first size fits a page of 12.
StringInfoData begin_text() {
  constexpr int kPage = 16 * 1024 - 64;
  StringInfoData text;
  initStringInfo(&text);
  enlargeStringInfo(&text, kPage);
  text.len = VARHDRSZ;
  return text;
}

Datum end_text(const StringInfoData& text) {
  SET_VARSIZE(text.data, text.len);
  return PointerGetDatum(text.data);
}

void put_row(const ReturnSetInfo* result, const Tailor& tailor, int64 total, const char* next) {
  Datum values[kColumns];
  bool nulls[kColumns] = {};
  for (std::size_t i = 0; i < tailor_columns.size(); ++i) {
    values[i] = tailor.columns.value[i];
    nulls[i] = tailor.columns.null[i];
  }
  values[kDistance] = Float8GetDatum(tailor.distance_km);
  nulls[kDistance] = !tailor.located;

  StringInfoData user;
  initStringInfo(&user);
  json::append_user(&user, tailor.user);
  values[kUser] = text_datum(user);

  StringInfoData works;
  initStringInfo(&works);
  json::append_works(&works, tailor.works);
  values[kSampleWorksJson] = text_datum(works);

  values[kTotal] = Int64GetDatum(total);
  nulls[kNext] = next == nullptr;
  if (next != nullptr) values[kNext] = CStringGetTextDatum(next);
  tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

Datum search_rows(FunctionCallInfo fcinfo, CentreForm form) {
  InitMaterializedSRF(fcinfo, 0);
  const auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  check_declared_columns(fcinfo, result->setDesc, kFirstColumns, kColumns);
  const Request request = read_request(fcinfo, form, Result::rows);
  Report report;
  const Answer answer = search(request, fcinfo->flinfo->fn_oid, report);
  const char* next = next_cursor(answer, request);
  ListCell* cell = nullptr;
  foreach (cell, answer.tailors) put_row(result, *static_cast<Tailor*>(lfirst(cell)), answer.total, next);
  return Datum{0};
}

Datum search_json(FunctionCallInfo fcinfo, CentreForm form) {
  const Request request = read_request(fcinfo, form, Result::document);
  Report report;
  const Answer answer = search(request, fcinfo->flinfo->fn_oid, report);
  StringInfoData document = begin_text();
  json::append_answer(&document, answer, request);
  return end_text(document);
}

// The function may be declared with the first `least` of the columns or more.
Datum row_datum(FunctionCallInfo fcinfo, Datum* values, bool* nulls, int least, int columns) {
  TupleDesc descriptor = nullptr;
  if (get_call_result_type(fcinfo, nullptr, &descriptor) != TYPEFUNC_COMPOSITE)
    elog(ERROR, "return type must be a row type");
  check_declared_columns(fcinfo, descriptor, least, columns);
  return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), values, nulls));
}

// The type of tailor_search_page()'s row, whose columns therefore cannot become more. Made once a session,
// because PostgreSQL makes a function's result type anew for each call.
TupleDesc page_type() {
  static TupleDesc type = nullptr;
  if (type != nullptr) return type;
  MemoryContext before = MemoryContextSwitchTo(TopMemoryContext);
  TupleDesc made = CreateTemplateTupleDesc(2);
  TupleDescInitEntry(made, 1, "json", JSONOID, -1, 0);
  TupleDescInitEntry(made, 2, "shown", JSONOID, -1, 0);
  type = BlessTupleDesc(made);
  MemoryContextSwitchTo(before);
  return type;
}

// A document, and the ids that it shows.
Datum page(const StringInfoData& document, List* tailors) {
  StringInfoData shown;
  initStringInfo(&shown);
  const bool known = json::append_shown(&shown, tailors);
  Datum values[] = {end_text(document), text_datum(shown)};
  bool nulls[] = {false, !known};
  return HeapTupleGetDatum(heap_form_tuple(page_type(), values, nulls));
}

Datum search_page(FunctionCallInfo fcinfo) {
  const Request request = read_request(fcinfo, CentreForm::lat_lng, Result::document);
  Report report;
  const Answer answer = search(request, fcinfo->flinfo->fn_oid, report);
  StringInfoData document = begin_text();
  json::append_answer(&document, answer, request);
  return page(document, answer.tailors);
}

Datum explain(FunctionCallInfo fcinfo, CentreForm form) {
  const Request request = read_request(fcinfo, form, Result::document);
  Report report;
  const Answer answer = search(request, fcinfo->flinfo->fn_oid, report);

  const bool native = report.native;
  Datum values[] = {CStringGetTextDatum(native ? "native" : "sql"),
                    CStringGetTextDatum(report.reason),
                    ObjectIdGetDatum(report.index),
                    Int64GetDatum(report.ranges),
                    Int64GetDatum(report.entries),
                    Int64GetDatum(report.heap_fetches),
                    Int64GetDatum(report.exact_distances),
                    report.distances_by != nullptr ? CStringGetTextDatum(report.distances_by) : Datum{0},
                    Int64GetDatum(report.matches),
                    Float8GetDatum(report.milliseconds[kCover]),
                    Float8GetDatum(report.milliseconds[kScan]),
                    Float8GetDatum(report.milliseconds[kRank]),
                    Float8GetDatum(report.milliseconds[kRows]),
                    Float8GetDatum(answer.radius_km),
                    Int64GetDatum(report.faceted),
                    Float8GetDatum(report.milliseconds[kFacetPhase]),
                    Int64GetDatum(report.clusters),
                    Float8GetDatum(report.milliseconds[kClusterPhase])};
  // Counters that only the native engine has are NULL for the SQL engine.
  bool nulls[] = {false,
                  false,
                  !OidIsValid(report.index),
                  !native,
                  !native,
                  !native,
                  !native,
                  report.distances_by == nullptr,
                  false,
                  !native,
                  false,
                  !native,
                  !native,
                  request.nearest == 0,
                  !native || !request.facets,
                  !request.facets,
                  !request.clusters,
                  !request.clusters};
  static_assert(sizeof values / sizeof *values == sizeof nulls);
  constexpr int first_columns = 13;  // without radius_km
  return row_datum(fcinfo, values, nulls, first_columns, lengthof(values));
}

}  // namespace
}  // namespace tailor

extern "C" {

TAILOR_SQL_FUNCTION(tailor_search_lat_lng);
Datum tailor_search_lat_lng(PG_FUNCTION_ARGS) {
  return tailor::search_rows(fcinfo, tailor::CentreForm::lat_lng);
}

TAILOR_SQL_FUNCTION(tailor_search_near);
Datum tailor_search_near(PG_FUNCTION_ARGS) {
  return tailor::search_rows(fcinfo, tailor::CentreForm::near);
}

TAILOR_SQL_FUNCTION(tailor_search_json_lat_lng);
Datum tailor_search_json_lat_lng(PG_FUNCTION_ARGS) {
  return tailor::search_json(fcinfo, tailor::CentreForm::lat_lng);
}

TAILOR_SQL_FUNCTION(tailor_search_json_near);
Datum tailor_search_json_near(PG_FUNCTION_ARGS) {
  return tailor::search_json(fcinfo, tailor::CentreForm::near);
}

TAILOR_SQL_FUNCTION(tailor_search_page);
Datum tailor_search_page(PG_FUNCTION_ARGS) {
  return tailor::search_page(fcinfo);
}

TAILOR_SQL_FUNCTION(tailor_search_explain_lat_lng);
Datum tailor_search_explain_lat_lng(PG_FUNCTION_ARGS) {
  return tailor::explain(fcinfo, tailor::CentreForm::lat_lng);
}

TAILOR_SQL_FUNCTION(tailor_search_explain_near);
Datum tailor_search_explain_near(PG_FUNCTION_ARGS) {
  return tailor::explain(fcinfo, tailor::CentreForm::near);
}

TAILOR_SQL_FUNCTION(tailor_by_id_json);
Datum tailor_by_id_json(PG_FUNCTION_ARGS) {
  const tailor::Tailor* found = tailor::tailor_by_id(tailor::read_id(fcinfo));
  if (found == nullptr) PG_RETURN_NULL();
  StringInfoData document;
  initStringInfo(&document);
  tailor::json::append_single(&document, *found);
  return tailor::text_datum(document);
}

TAILOR_SQL_FUNCTION(tailor_by_id_page);
Datum tailor_by_id_page(PG_FUNCTION_ARGS) {
  tailor::Tailor* found = tailor::tailor_by_id(tailor::read_id(fcinfo));
  if (found == nullptr) PG_RETURN_NULL();
  StringInfoData document = tailor::begin_text();
  tailor::json::append_single(&document, *found);
  return tailor::page(document, list_make1(found));
}
}
