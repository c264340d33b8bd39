#include "search_sql.hpp"

#include <cstddef>

#include "area_sql.hpp"

namespace tailor {
namespace {

std::string quoted(const Column& column) {
  return std::string("\"") + column.name + "\"";
}

template <std::size_t N>
std::string column_list(const std::array<Column, N>& columns, const std::string& alias) {
  std::string list;
  for (const Column& column : columns) {
    if (!list.empty()) list += ", ";
    list += alias + "." + quoted(column);
  }
  return list;
}

const char* sql_type(ColumnType type) {
  switch (type) {
    case ColumnType::text:
      return "pg_catalog.text";
    case ColumnType::text_array:
      return "pg_catalog.text[]";
    case ColumnType::integer:
      return "pg_catalog.int4";
    case ColumnType::real:
      return "pg_catalog.float8";
    case ColumnType::timestamp:
      return "pg_catalog.timestamp";
    case ColumnType::geography:
      break;  // never hidden
  }
  return "";
}

// The columns of a table, with NULL for those that are hidden: the caller need not be able to read them.
template <std::size_t N>
std::string table_columns(const std::array<Column, N>& columns, const std::string& alias,
                          std::uint32_t hidden) {
  std::string list;
  for (std::size_t i = 0; i < N; ++i) {
    if (i > 0) list += ", ";
    if (is_hidden(hidden, i))
      list += std::string("NULL::") + sql_type(columns[i].type) + " AS " + quoted(columns[i]);
    else
      list += alias + "." + quoted(columns[i]);
  }
  return list;
}

// Tailors with a point in the area: membership by ST_DWithin or the box, distance by ST_Distance.
std::string located(const SqlNames& names, const SearchShape& shape) {
  const std::string distance =
      names.postgis_schema + ".ST_Distance(t.\"locationPoint\", " + parameter(kCenter) + ")";
  return "  SELECT " + table_columns(tailor_columns, "t", names.hidden.tailor) + ", " +
         compare(distance, "/", "1000::pg_catalog.float8") + " AS distance\n  FROM " + names.tailor +
         " t\n  WHERE " + is_in_area(names, shape) + passes_filters(shape);
}

std::string unlocated(const SqlNames& names, const SearchShape& shape) {
  return "  SELECT " + table_columns(tailor_columns, "t", names.hidden.tailor) +
         ", NULL::pg_catalog.float8 AS distance\n  FROM " + names.tailor + " t\n  WHERE " +
         is_unlocated(names) + passes_filters(shape);
}

const char* order(SortBy sort_by) {
  switch (sort_by) {
    case SortBy::distance:
      return "m.distance, m.\"id\"";
    case SortBy::experience:
      return "m.\"yearsExperience\" DESC NULLS LAST, m.distance, m.\"id\"";
    case SortBy::rating:
      return "m.\"rating\" DESC NULLS LAST, m.distance, m.\"id\"";
  }
  return "";
}

const char* sort_key(SortBy sort_by) {
  return sort_by == SortBy::experience ? "m.\"yearsExperience\"" : "m.\"rating\"";
}

// NULL is last in every order. IS DISTINCT FROM would look for an operator on the search_path.
std::string behind(const char* column, const char* op, SearchParameter p) {
  return "(" + compare(column, op, parameter(p)) + " OR " + column + " IS NULL AND " + parameter(p) +
         " IS NOT NULL)";
}

std::string equal(const char* column, SearchParameter p) {
  return "(" + compare(column, "=", parameter(p)) + " OR " + column + " IS NULL AND " + parameter(p) +
         " IS NULL)";
}

// The rows of `matches` that come after the cursor's, in the order of order().
std::string after_cursor(SortBy sort_by) {
  std::string sql = "(" + behind("m.distance", ">", kAfterDistance) + " OR " +
                    equal("m.distance", kAfterDistance) + " AND " + behind("m.\"id\"", ">", kAfterId) + ")";
  if (sort_by == SortBy::distance) return sql;
  const char* key = sort_key(sort_by);
  return behind(key, "<", kAfterKey) + " OR " + equal(key, kAfterKey) + " AND " + sql;
}

// LATERAL with LIMIT makes the planner use one index probe for each row, whatever its estimates are.
std::string user_join(const SqlNames& names, const std::string& user_list) {
  return "LEFT JOIN LATERAL (SELECT " + user_list + " FROM " + names.user + " u WHERE " +
         compare("u.\"id\"", "=", "p.\"userId\"") + " LIMIT 1) u ON true\n";
}

std::string works_join(const SqlNames& names, const std::string& limit) {
  return "LEFT JOIN LATERAL (SELECT " + table_columns(sample_work_columns, "w", names.hidden.sample_work) +
         ", true AS present FROM " + names.sample_work + " w WHERE " +
         compare("w.\"tailorId\"", "=", "p.\"id\"") + " ORDER BY w.\"createdAt\" DESC, w.\"id\" LIMIT " +
         limit + ") w ON true\n";
}

// In the order of RowLayout.
std::string result_columns(const std::string& totals) {
  return "SELECT " + totals + ", p.ordinal, " + column_list(tailor_columns, "p") + ", p.distance, " +
         column_list(user_columns, "u") + ", " + column_list(sample_work_columns, "w") + ", w.present\n";
}

constexpr const char* kRowOrder = "ORDER BY p.ordinal, w.\"createdAt\" DESC, w.\"id\"";

}  // namespace

std::string search_sql(const SqlNames& names, const SearchShape& shape) {
  const std::string by = order(shape.sort_by);
  std::string sql = "WITH matches AS MATERIALIZED (\n" + located(names, shape);
  if (shape.include_unlocated) sql += "\n  UNION ALL\n" + unlocated(names, shape);
  if (shape.after) sql += "\n), rest AS (\n  SELECT * FROM matches m WHERE " + after_cursor(shape.sort_by);
  const std::string rest = shape.after ? "rest" : "matches";
  sql += "\n), page AS (\n  SELECT m.*, pg_catalog.row_number() OVER (ORDER BY " + by +
         ") AS ordinal\n  FROM (SELECT * FROM " + rest + " m ORDER BY " + by + " LIMIT " + parameter(kLimit) +
         " OFFSET " + parameter(kOffset) + ") m\n)\n";
  // "createdAt" of a user is not part of a page, and need not be readable.
  const std::uint32_t hidden = names.hidden.user | 1U << (user_columns.size() - 1);
  const std::string user_list = table_columns(user_columns, "u", hidden);
  const std::string remaining =
      shape.after ? "(SELECT pg_catalog.count(*) FROM rest)" : "NULL::pg_catalog.int8";
  return sql + result_columns("counted.total, counted.remaining") +
         "FROM (SELECT pg_catalog.count(*) AS total, " + remaining +
         " AS remaining FROM matches) counted\nLEFT JOIN page p ON true\n" + user_join(names, user_list) +
         works_join(names, parameter(kSampleWorks)) + kRowOrder;
}

std::string by_id_sql(const SqlNames& names) {
  return result_columns("1::pg_catalog.int8, NULL::pg_catalog.int8") + "FROM (SELECT " +
         table_columns(tailor_columns, "t", names.hidden.tailor) +
         ", NULL::pg_catalog.float8 AS distance, 1::pg_catalog.int8 AS ordinal FROM " + names.tailor +
         " t WHERE " + compare("t.\"id\"", "=", "$1") + ") p\n" +
         user_join(names, table_columns(user_columns, "u", names.hidden.user)) + works_join(names, "ALL") +
         kRowOrder;
}

}  // namespace tailor
