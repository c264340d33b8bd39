#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "postgres/search_parameters.hpp"

namespace tailor::postgres {

class Connection;

/// A statement, and the index into SearchValues of each of its parameters.
struct Statement {
  const char* name;
  std::string sql;
  std::vector<std::size_t> values;
};

/// Settings that a statement sets for itself, by parameters after its own, in this order.
struct LocalSettings {
  bool search_path =
      false;  // NULL: the default; and all else that decides which rows are read gets its default
  bool application_name = false;
  bool engine = false;  // of the extension
};

/// The settings that determine, with the search_path, which rows are read.
constexpr std::array<std::string_view, 4> kTableSettings{
    "role", "tailor_search.tailor_table", "tailor_search.user_table", "tailor_search.sample_work_table"};

/// The FROM clause that applies these settings in a SELECT statement; empty if there are none. `parameter` is
/// the number of the first parameter.
std::string settings_source(const LocalSettings& local, std::size_t parameter);

/// The installed extension.
struct Extension {
  std::string schema;                  // a quoted identifier
  std::vector<std::string> arguments;  // of its search; empty if it has no search

  /// Whether the search takes a parameter. An extension of an earlier version may lack some.
  bool takes(const Parameter& parameter) const;
};

/// The front end's statements for the extension's schema. All values are parameters, and every object is
/// schema-qualified.
struct Queries {
  /// A document larger than `max_bytes` is not sent.
  Queries(const Extension& extension, LocalSettings local, std::size_t max_bytes);

  Statement search_at;     // by latitude and longitude
  Statement search_place;  // by a named place: no row if it does not exist
  Statement tailor_by_id;
  std::vector<std::size_t> not_taken;  // parameters that the extension does not take, and no statement has
};

}  // namespace tailor::postgres
