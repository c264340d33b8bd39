#include "postgres/queries.hpp"

#include <algorithm>

namespace tailor::postgres {
namespace {

// The document (NULL if it is too large), its snapshot (NULL on a standby, where it does not list running
// transactions), its size, the ids that it shows, and what a standby has replayed, by one statement. OFFSET 0
// keeps the planner from evaluating the search once for each column.
std::string answer_of(const std::string& source, std::size_t max_bytes, const char* more = "") {
  const std::string snapshot =
      "CASE WHEN NOT pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_current_snapshot() END";
  return "SELECT CASE WHEN pg_catalog.pg_column_size((answer.page).json) <= " + std::to_string(max_bytes) +
         " THEN (answer.page).json END, " + snapshot +
         ", pg_catalog.pg_column_size((answer.page).json), (answer.page).shown,"
         " CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn() END" +
         more + " FROM (" + source + " OFFSET 0) AS answer";
}

std::string placeholder(std::size_t count, std::string_view type) {
  return "$" + std::to_string(count) + "::" + std::string{type};
}

// The argument list by name. For a named place, lat and lng come from its row.
Statement search(const char* name, const Extension& extension, bool by_place, LocalSettings local,
                 std::size_t max_bytes) {
  Statement statement{name, "SELECT " + extension.schema + ".tailor_search_page(", {}};
  std::string separator;
  for (std::size_t i = 0; i < kSearchParameters.size(); ++i) {
    const Parameter& parameter = kSearchParameters[i];
    if (parameter.argument.empty() || !extension.takes(parameter)) continue;
    statement.sql.append(separator).append(parameter.argument).append(" => ");
    separator = ", ";
    if (by_place && (i == kLatitude || i == kLongitude)) {
      statement.sql += i == kLatitude ? "place.latitude" : "place.longitude";
    } else {
      statement.values.push_back(i);
      statement.sql += placeholder(statement.values.size(), parameter.type);
    }
  }
  statement.sql += ") AS page";
  if (by_place) statement.sql += ", place.latitude, place.longitude";
  if (by_place) statement.values.push_back(kLocation);
  const std::size_t count = statement.values.size();
  std::string from = settings_source(local, count + 1);
  if (by_place) {
    from += (from.empty() ? " FROM " : ", ") + extension.schema +
            ".tailor_place AS place WHERE place.name = " + placeholder(count, "text");
  }
  const char* const position = by_place ? ", answer.latitude, answer.longitude" : "";
  statement.sql = answer_of(statement.sql + from, max_bytes, position);
  return statement;
}

}  // namespace

// A volatile function in FROM is evaluated before the select list that calls the search. The settings last
// for the statement only, because a pooler shares the server's session among clients.
std::string settings_source(const LocalSettings& local, std::size_t parameter) {
  std::string settings;
  const auto add = [&](std::string_view name, const std::string& value) {
    settings.append(settings.empty() ? "" : ", ").append("pg_catalog.set_config('").append(name);
    settings.append("', ").append(value).append(", true)");
  };
  if (local.search_path) {
    add("search_path", placeholder(parameter++, "text"));
    for (const std::string_view name : kTableSettings) add(name, "NULL");
  }
  if (local.application_name) add("application_name", placeholder(parameter++, "text"));
  if (local.engine) add("tailor_search.engine", placeholder(parameter++, "text"));
  return settings.empty() ? settings : " FROM (SELECT " + settings + " OFFSET 0) AS settings";
}

bool Extension::takes(const Parameter& parameter) const {
  return arguments.empty() || std::ranges::find(arguments, parameter.argument) != arguments.end();
}

Queries::Queries(const Extension& extension, LocalSettings local, std::size_t max_bytes)
    : search_at(search("search_at", extension, false, local, max_bytes)),
      search_place(search("search_place", extension, true, local, max_bytes)),
      tailor_by_id{"tailor_by_id",
                   answer_of("SELECT " + extension.schema + ".tailor_by_id_page($1::text) AS page" +
                                 settings_source(local, 2),
                             max_bytes),
                   {}} {
  for (std::size_t i = 0; i < kSearchParameters.size(); ++i) {
    const Parameter& parameter = kSearchParameters[i];
    if (!parameter.argument.empty() && !extension.takes(parameter)) not_taken.push_back(i);
  }
}

}  // namespace tailor::postgres
