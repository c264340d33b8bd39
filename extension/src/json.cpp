#include "src/json.hpp"

#include <cmath>
#include <string_view>

extern "C" {
#include "common/shortest_dec.h"
#include "utils/datetime.h"
#include "utils/json.h"
}

namespace tailor::json {
namespace {

bool needs_escape(std::string_view text) {
  bool found = false;
  for (const char c : text) found |= static_cast<unsigned char>(c) < ' ' || c == '"' || c == '\\';
  return found;
}

// escape_json() wants a copy that ends with a zero, and appends byte by byte.
void append_text(StringInfo out, Datum value) {
  const text* packed = DatumGetTextPP(value);
  const std::string_view bytes{VARDATA_ANY(packed), VARSIZE_ANY_EXHDR(packed)};
  if (needs_escape(bytes)) {
    escape_json(out, text_to_cstring(packed));
  } else {
    appendStringInfoChar(out, '"');
    appendBinaryStringInfo(out, bytes.data(), static_cast<int>(bytes.size()));
    appendStringInfoChar(out, '"');
  }
}

// JSON has no NaN and no infinity: JavaScript writes null for them, and so do we.
void append_real(StringInfo out, double value) {
  if (!std::isfinite(value)) {
    appendStringInfoString(out, "null");
    return;
  }
  char digits[DOUBLE_SHORTEST_DECIMAL_LEN];
  double_to_shortest_decimal_buf(value, digits);
  appendStringInfoString(out, digits);
}

void append_text_array(StringInfo out, Datum array) {
  Datum* elements = nullptr;
  bool* nulls = nullptr;
  int count = 0;
  deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &count);
  appendStringInfoChar(out, '[');
  for (int i = 0; i < count; ++i) {
    if (i > 0) appendStringInfoChar(out, ',');
    if (nulls[i])
      appendStringInfoString(out, "null");
    else
      append_text(out, elements[i]);
  }
  appendStringInfoChar(out, ']');
}

// At least `width` digits, behind a separator if there is one.
void append_digits(StringInfo out, int number, int width, char separator = '\0') {
  if (separator != '\0') appendStringInfoCharMacro(out, separator);
  char digits[MAXINT8LEN + 1];
  const char* end = pg_ultostr_zeropad(digits, static_cast<uint32>(number), width);
  appendBinaryStringInfo(out, digits, static_cast<int>(end - digits));
}

// Date.prototype.toISOString(): UTC, milliseconds; a year beyond four digits has a sign and six.
void append_timestamp(StringInfo out, Timestamp timestamp) {
  pg_tm tm{};
  fsec_t microseconds = 0;
  if (TIMESTAMP_NOT_FINITE(timestamp) ||
      timestamp2tm(timestamp, nullptr, &tm, &microseconds, nullptr, nullptr) != 0) {
    appendStringInfoString(out, "null");
    return;
  }
  appendStringInfoChar(out, '"');
  const bool four_digits = tm.tm_year >= 0 && tm.tm_year <= 9999;
  if (four_digits)
    append_digits(out, tm.tm_year, 4);
  else
    appendStringInfo(out, "%+07d", tm.tm_year);
  append_digits(out, tm.tm_mon, 2, '-');
  append_digits(out, tm.tm_mday, 2, '-');
  append_digits(out, tm.tm_hour, 2, 'T');
  append_digits(out, tm.tm_min, 2, ':');
  append_digits(out, tm.tm_sec, 2, ':');
  append_digits(out, microseconds / 1000, 3, '.');
  appendStringInfoString(out, "Z\"");
}

void append_integer(StringInfo out, int32 value) {
  char digits[12];
  appendBinaryStringInfo(out, digits, pg_ltoa(value, digits));
}

void append_value(StringInfo out, ColumnType type, Datum value) {
  switch (type) {
    case ColumnType::text:
      return append_text(out, value);
    case ColumnType::text_array:
      return append_text_array(out, value);
    case ColumnType::integer:
      return append_integer(out, DatumGetInt32(value));
    case ColumnType::real:
      return append_real(out, DatumGetFloat8(value));
    case ColumnType::timestamp:
      return append_timestamp(out, DatumGetTimestamp(value));
    case ColumnType::geography:
      break;
  }
  elog(ERROR, "tailor_search: a geography has no JSON form");
}

void append_view(StringInfo out, std::string_view text) {
  appendBinaryStringInfo(out, text.data(), static_cast<int>(text.size()));
}

// "name":value,"name":value … of the first `count` columns.
template <std::size_t N>
void append_members(StringInfo out, const std::array<Column, N>& columns, const Values<N>& values,
                    std::size_t count = N) {
  for (std::size_t i = 0; i < count; ++i) {
    append_view(out, i > 0 ? ",\"" : "\"");
    append_view(out, columns[i].name);
    append_view(out, "\":");
    if (values.null[i])
      append_view(out, "null");
    else
      append_value(out, columns[i].type, values.value[i]);
  }
}

void append_user_members(StringInfo out, const User& user, std::size_t members) {
  if (user.null[0]) {
    appendStringInfoString(out, "null");
    return;
  }
  appendStringInfoChar(out, '{');
  append_members(out, user_columns, user, members);
  appendStringInfoChar(out, '}');
}

void append_tailor(StringInfo out, const Tailor& tailor) {
  appendStringInfoChar(out, '{');
  append_members(out, tailor_columns, tailor.columns);
  appendStringInfoString(out, ",\"distance\":");
  if (tailor.located)
    append_real(out, tailor.distance_km);
  else
    appendStringInfoString(out, "null");
  appendStringInfoString(out, ",\"user\":");
  append_user(out, tailor.user);
  appendStringInfoString(out, ",\"sampleWorks\":");
  append_works(out, tailor.works);
  appendStringInfoChar(out, '}');
}

}  // namespace

void append_user(StringInfo out, const User& user) {
  append_user_members(out, user, user_columns.size() - 1);  // all but "createdAt"
}

void append_works(StringInfo out, List* works) {
  appendStringInfoChar(out, '[');
  const char* separator = "";
  ListCell* cell = nullptr;
  foreach (cell, works) {
    appendStringInfoString(out, separator);
    appendStringInfoChar(out, '{');
    append_members(out, sample_work_columns, *static_cast<SampleWork*>(lfirst(cell)));
    appendStringInfoChar(out, '}');
    separator = ",";
  }
  appendStringInfoChar(out, ']');
}

void append_answer(StringInfo out, const Answer& answer, const Request& request) {
  appendStringInfoString(out, "{\"data\":[");
  const char* separator = "";
  ListCell* cell = nullptr;
  foreach (cell, answer.tailors) {
    appendStringInfoString(out, separator);
    append_tailor(out, *static_cast<Tailor*>(lfirst(cell)));
    separator = ",";
  }
  const int64 pages = answer.total / request.page_size + (answer.total % request.page_size != 0 ? 1 : 0);
  appendStringInfo(out,
                   "],\"pagination\":{\"page\":%d,\"limit\":%d,\"total\":" INT64_FORMAT
                   ",\"totalPages\":" INT64_FORMAT "}}",
                   request.page, request.page_size, answer.total, pages);
}

void append_single(StringInfo out, const Tailor& tailor) {
  appendStringInfoString(out, "{\"data\":{");
  append_members(out, tailor_columns, tailor.columns);
  appendStringInfoString(out, ",\"user\":");
  append_user_members(out, tailor.user, user_columns.size());
  appendStringInfoString(out, ",\"sampleWorks\":");
  append_works(out, tailor.works);
  appendStringInfoString(out, "}}");
}

}  // namespace tailor::json
