#pragma once

#include <string>

namespace tailor::notifications {

/// An SQL expression that identifies the configured tables, their partitions, and the last change of their
/// definitions. Its value changes when a table is recreated, restored, renamed, truncated or altered, with or
/// without triggers. Locks no table. `schema` is the extension's quoted schema.
std::string table_identity(const std::string& schema);

}  // namespace tailor::notifications
