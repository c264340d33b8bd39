#include "src/api/json.hpp"

#include <cmath>
#include <string_view>

#include "src/api/clusters_json.hpp"
#include "src/api/cursor_text.hpp"
#include "src/api/facets_json.hpp"
#include "src/settings.hpp"

extern "C" {
#include "common/shortest_dec.h"
#include "utils/datetime.h"
#include "utils/json.h"
}

namespace tailor::json {
namespace {

using OneByte [[gnu::vector_size(1)]] = unsigned char;
using EightBytes [[gnu::vector_size(8)]] = unsigned char;
using SixteenBytes [[gnu::vector_size(16)]] = unsigned char;

// Copies a text of at least kStep bytes in steps of kStep, the last of which may overlap. Returns whether the
// text needs no escaping in JSON: it has no control characters, quotation marks or backslashes.
template <typename Bytes>
bool copy_plain(char* to, std::string_view text) {
  constexpr std::size_t kAtOnce = sizeof(Bytes);
  Bytes found{};
  const auto copy = [&](std::size_t at) {
    Bytes bytes;
    memcpy(&bytes, text.data() + at, kAtOnce);
    memcpy(to + at, &bytes, kAtOnce);
    found |= reinterpret_cast<Bytes>((bytes < ' ') | (bytes == '"') | (bytes == '\\'));
  };
  const std::size_t last = text.size() - kAtOnce;
  for (std::size_t at = 0; at < last; at += kAtOnce) copy(at);
  copy(last);
  constexpr char kNone[kAtOnce]{};
  char marks[kAtOnce];
  memcpy(marks, &found, kAtOnce);
  return memcmp(marks, kNone, kAtOnce) == 0;
}

bool copy_plain(char* to, std::string_view text) {
  if (text.size() >= 16) return copy_plain<SixteenBytes>(to, text);
  if (text.size() >= 8) return copy_plain<EightBytes>(to, text);
  return text.empty() || copy_plain<OneByte>(to, text);
}

// Reserves this number of bytes at the end once, where StringInfo's functions would check for each byte.
char* room(StringInfo out, std::size_t bytes) {
  if (static_cast<std::size_t>(out->maxlen - out->len) <= bytes)
    enlargeStringInfo(out, static_cast<int>(bytes));
  return out->data + out->len;
}

void append_view(StringInfo out, std::string_view text) {
  memcpy(room(out, text.size()), text.data(), text.size());
  out->len += static_cast<int>(text.size());
}

void append_char(StringInfo out, char character) {
  *room(out, 1) = character;
  ++out->len;
}

// Instead of escape_json(), which needs a zero-terminated copy and appends byte by byte.
void append_text(StringInfo out, Datum value) {
  const text* packed = DatumGetTextPP(value);
  const std::string_view bytes{VARDATA_ANY(packed), VARSIZE_ANY_EXHDR(packed)};
  char* to = room(out, bytes.size() + 2);
  if (!copy_plain(to + 1, bytes)) return escape_json(out, text_to_cstring(packed));
  to[0] = '"';
  to[1 + bytes.size()] = '"';
  out->len += static_cast<int>(bytes.size() + 2);
}

// NaN and infinity become null, as in JavaScript, because JSON has neither.
void append_real(StringInfo out, double value) {
  if (!std::isfinite(value)) {
    append_view(out, "null");
    return;
  }
  out->len += double_to_shortest_decimal_bufn(value, room(out, DOUBLE_SHORTEST_DECIMAL_LEN));
}

void append_text_array(StringInfo out, Datum array) {
  Datum* elements = nullptr;
  bool* nulls = nullptr;
  int count = 0;
  deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &count);
  append_char(out, '[');
  for (int i = 0; i < count; ++i) {
    if (i > 0) append_char(out, ',');
    if (nulls[i])
      append_view(out, "null");
    else
      append_text(out, elements[i]);
  }
  append_char(out, ']');
}

// A separator and two digits.
char* put_digits(char* to, char separator, int number) {
  to[0] = separator;
  to[1] = static_cast<char>('0' + number / 10);
  to[2] = static_cast<char>('0' + number % 10);
  return to + 3;
}

// Like Date.prototype.toISOString(): UTC with milliseconds; a year of more than four digits has a sign and
// six digits.
void append_timestamp(StringInfo out, Timestamp timestamp) {
  pg_tm tm{};
  fsec_t microseconds = 0;
  if (TIMESTAMP_NOT_FINITE(timestamp) ||
      timestamp2tm(timestamp, nullptr, &tm, &microseconds, nullptr, nullptr) != 0) {
    append_view(out, "null");
    return;
  }
  const bool four_digits = tm.tm_year >= 0 && tm.tm_year <= 9999;
  if (four_digits) {
    char* year = room(out, 5);
    put_digits(year + 2, ' ', tm.tm_year % 100);
    put_digits(year, '"', tm.tm_year / 100);
    out->len += 5;
  } else {
    appendStringInfo(out, "\"%+07d", tm.tm_year);
  }
  constexpr int kRest = sizeof "-12-31T23:59:59.999Z\"" - 1;
  char* to = put_digits(room(out, kRest), '-', tm.tm_mon);
  to = put_digits(to, '-', tm.tm_mday);
  to = put_digits(to, 'T', tm.tm_hour);
  to = put_digits(to, ':', tm.tm_min);
  to = put_digits(to, ':', tm.tm_sec);
  const int milliseconds = microseconds / 1000;
  to = put_digits(to, '.', milliseconds / 10);
  to[0] = static_cast<char>('0' + milliseconds % 10);
  to[1] = 'Z';
  to[2] = '"';
  out->len += kRest;
}

void append_integer(StringInfo out, int32 value) {
  constexpr std::size_t kMostDigits = 12;
  out->len += pg_ltoa(value, room(out, kMostDigits));
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

// The text ,"name": before a value. All of `bytes` is copied, which the compiler inlines.
struct MemberName {
  char bytes[32];
  int size;
};

template <std::size_t N>
consteval std::array<MemberName, N> member_names(const std::array<Column, N>& columns) {
  std::array<MemberName, N> names{};
  for (std::size_t i = 0; i < N; ++i) {
    MemberName& name = names[i];
    const auto put = [&name](char character) { name.bytes[name.size++] = character; };
    if (i > 0) put(',');
    put('"');
    for (const char* from = columns[i].name; *from != '\0'; ++from) put(*from);
    put('"');
    put(':');
  }
  return names;
}

constexpr auto tailor_names = member_names(tailor_columns);
constexpr auto user_names = member_names(user_columns);
constexpr auto sample_work_names = member_names(sample_work_columns);

// Appends "name":value,"name":value … for the first `count` columns that are not hidden.
template <std::size_t N>
void append_members(StringInfo out, const std::array<Column, N>& columns,
                    const std::array<MemberName, N>& names, const Values<N>& values, uint32 hidden,
                    std::size_t count = N) {
  for (std::size_t i = 0; i < count; ++i) {
    if (is_hidden(hidden, i)) continue;
    memcpy(room(out, sizeof names[i].bytes), names[i].bytes, sizeof names[i].bytes);
    out->len += names[i].size;
    if (values.null[i])
      append_view(out, "null");
    else
      append_value(out, columns[i].type, values.value[i]);
  }
}

void append_user_members(StringInfo out, const User& user, std::size_t members) {
  if (user.null[0]) {
    append_view(out, "null");
    return;
  }
  append_char(out, '{');
  append_members(out, user_columns, user_names, user, settings::hidden.user, members);
  append_char(out, '}');
}

void append_tailor(StringInfo out, const Tailor& tailor) {
  append_char(out, '{');
  append_members(out, tailor_columns, tailor_names, tailor.columns, settings::hidden.tailor);
  append_view(out, ",\"distance\":");
  if (tailor.located)
    append_real(out, tailor.distance_km);
  else
    append_view(out, "null");
  append_view(out, ",\"user\":");
  append_user(out, tailor.user);
  append_view(out, ",\"sampleWorks\":");
  append_works(out, tailor.works);
  append_char(out, '}');
}

}  // namespace

void append_user(StringInfo out, const User& user) {
  append_user_members(out, user, user_columns.size() - 1);  // without "createdAt"
}

void append_works(StringInfo out, List* works) {
  append_char(out, '[');
  const char* separator = "";
  ListCell* cell = nullptr;
  foreach (cell, works) {
    append_view(out, separator);
    append_char(out, '{');
    append_members(out, sample_work_columns, sample_work_names, *static_cast<SampleWork*>(lfirst(cell)),
                   settings::hidden.sample_work);
    append_char(out, '}');
    separator = ",";
  }
  append_char(out, ']');
}

void append_answer(StringInfo out, const Answer& answer, const Request& request) {
  append_view(out, "{\"data\":[");
  const char* separator = "";
  ListCell* cell = nullptr;
  foreach (cell, answer.tailors) {
    append_view(out, separator);
    append_tailor(out, *static_cast<Tailor*>(lfirst(cell)));
    separator = ",";
  }
  const int64 pages = answer.total / request.page_size + (answer.total % request.page_size != 0 ? 1 : 0);
  appendStringInfo(out,
                   "],\"pagination\":{\"page\":%d,\"limit\":%d,\"total\":" INT64_FORMAT
                   ",\"totalPages\":" INT64_FORMAT,
                   request.page, request.page_size, answer.total, pages);
  if (const char* next = next_cursor(answer, request)) appendStringInfo(out, ",\"next\":\"%s\"", next);
  append_char(out, '}');
  if (request.nearest > 0) {
    append_view(out, ",\"radius\":");
    append_real(out, answer.radius_km);
  }
  if (answer.facets != nullptr) {
    append_view(out, ",\"facets\":");
    append_facets(out, *answer.facets);
  }
  if (answer.clusters != nullptr) {
    append_view(out, ",\"clusters\":");
    append_clusters(out, *answer.clusters);
  }
  append_char(out, '}');
}

void append_single(StringInfo out, const Tailor& tailor) {
  append_view(out, "{\"data\":{");
  append_members(out, tailor_columns, tailor_names, tailor.columns, settings::hidden.tailor);
  append_view(out, ",\"user\":");
  append_user_members(out, tailor.user, user_columns.size());
  append_view(out, ",\"sampleWorks\":");
  append_works(out, tailor.works);
  append_view(out, "}}");
}

bool append_shown(StringInfo out, List* tailors) {
  constexpr int kId = 0;
  constexpr int kUserId = 1;
  static_assert(std::string_view{tailor_columns[kId].name} == "id");
  static_assert(std::string_view{tailor_columns[kUserId].name} == "userId");
  ListCell* cell = nullptr;
  foreach (cell, tailors) {
    if (static_cast<Tailor*>(lfirst(cell))->columns.null[kId]) return false;
  }
  const char* separator = "[";
  foreach (cell, tailors) {
    const auto& columns = static_cast<Tailor*>(lfirst(cell))->columns;
    for (const int column : {kId, kUserId}) {
      if (columns.null[column]) continue;
      append_view(out, separator);
      append_text(out, columns.value[column]);
      separator = ",";
    }
  }
  append_view(out, list_length(tailors) == 0 ? "[]" : "]");
  return true;
}

}  // namespace tailor::json
