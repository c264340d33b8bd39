#pragma once

#include <string>

namespace tailor::notifications {

/// An SQL expression that identifies the configured tables, their partitions, and the last change of their
/// definitions. Its value changes when a table is recreated, restored, renamed, truncated or altered, with or
/// without triggers. Locks no table. `schema` is the extension's quoted schema.
std::string table_identity(const std::string& schema);

/// A statement with three columns: whether changes are notified, the tables' identity, and the session's
/// fingerprint; `more` columns follow. Behind a pooler its first parameter is the search_path.
std::string question(const std::string& schema, bool pooled, const std::string& more = "");

}  // namespace tailor::notifications
