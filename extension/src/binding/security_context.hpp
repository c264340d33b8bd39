// Protects lent rights: in a SECURITY DEFINER function, a maintenance command or a cascade, code runs as
// another role than the one that chose the settings. This decides what a search may read there.
#pragma once

#include "src/postgres.hpp"

namespace tailor {

/// Whether PostgreSQL switched to the current role by itself. SET ROLE, which is the session's own choice,
/// does not count.
bool has_lent_rights();

/// Raises 42501 unless a role that may act as the current one chose this name: set the setting and, for a
/// name without a schema, search_path. Call only while has_lent_rights().
void check_chosen_name(const char* setting, const char* name, bool has_schema);

/// Raises 42501 for a temporary relation, and for one whose owner may not act as the current role, because
/// reading it may run its owner's code. Call only while has_lent_rights().
void check_owner(Oid relation, const char* setting);

/// The same for all relations that reading this one involves (read_relations.hpp). The relation must be
/// locked. Call only while has_lent_rights().
void check_owners_below(Oid relation, const char* setting);

}  // namespace tailor
