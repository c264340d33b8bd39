// The binding: which tables of the application a search reads, checked, with the plans kept for them.
#pragma once

#include "src/postgres.hpp"
//
#include "core/search_shape.hpp"

namespace tailor {

/// The tables that the settings name under the caller's search_path.
struct Relations {
  Oid tailor, user, sample_work;
};

struct NativePlan;

struct Binding {
  Relations relations;              // the key
  Oid postgis_schema = InvalidOid;  // as the plans name it
  bool stale = false;               // a table, its columns or a schema changed: to be dropped
  int users = 0;                    // searches that use it now: it is not dropped, nor are its plans
  uint64 last_use = 0;              // the one used longest ago makes room for another
  SPIPlanPtr search_plans[SearchShape::count] = {};
  SPIPlanPtr by_id_plan = nullptr;
  NativePlan* native = nullptr;  // see kept_plan.hpp
};

/// The binding for the caller's settings and search_path, to be used through with_binding(). Raises 42P01,
/// 42809, 42703 or 42804, naming the table, the column, what was found and what is needed.
Binding& current_binding();

/// Runs work(Binding&), which may raise and may itself search: a binding in use stays where it is.
template <typename Work>
auto with_binding(Work work) -> decltype(work(current_binding())) {
  Binding& binding = current_binding();
  decltype(work(binding)) result{};
  ++binding.users;
  PG_TRY();
  { result = work(binding); }
  PG_FINALLY();
  { --binding.users; }
  PG_END_TRY();
  return result;
}

/// The tables that the settings name just now, InvalidOid where there is none: neither locked nor checked.
Relations named_relations();

/// Registers for news of changed tables; called once, when the library is loaded.
void watch_relations();

/// The relation's name for SQL text, schema-qualified and quoted; palloc'd.
const char* qualified_name(Oid relation);

}  // namespace tailor
