#pragma once

#include <string>

namespace tailor::freshness {

/// An expression in SQL: a number for the relations that the settings name, their partitions, and the last
/// change of their definitions. A table that was made anew, restored, renamed, truncated or altered has
/// another one, whether or not it had triggers then. It locks no table. `schema` is the extension's, quoted.
std::string table_identity(const std::string& schema);

}  // namespace tailor::freshness
