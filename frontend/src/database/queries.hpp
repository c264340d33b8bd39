#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "search_parameters.hpp"

namespace tailor::database {

class Connection;

/// One statement with its place in SearchValues for each of its parameters.
struct Statement {
  const char* name;
  std::string sql;
  std::vector<std::size_t> values;
};

/// What a statement sets for itself alone, in parameters behind its own, in this order.
struct LocalSettings {
  bool search_path =
      false;  // NULL: the default; and all else that decides which rows are read gets its default
  bool application_name = false;
};

/// Settings that decide, besides the search_path, which rows are read.
constexpr std::array<std::string_view, 4> kTableSettings{
    "role", "tailor_search.tailor_table", "tailor_search.user_table", "tailor_search.sample_work_table"};

/// What sets these in a statement of the form SELECT …: its FROM clause; empty when there is nothing to set.
/// `parameter` is the number of the first one.
std::string settings_source(const LocalSettings& local, std::size_t parameter);

/// The front end's statements for an extension that lives in one schema. They carry all values as
/// parameters and name every object by its schema.
struct Queries {
  /// `schema` is a quoted identifier. A document of more than `max_bytes` stays in the server.
  Queries(const std::string& schema, LocalSettings local, std::size_t max_bytes);

  Statement search_at;     // by latitude and longitude
  Statement search_place;  // by a named place: no row when there is no such place
  Statement tailor_by_id;
};

}  // namespace tailor::database
