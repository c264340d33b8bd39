// A binding: the application's tables that a search reads, after their check, with their cached plans.
#pragma once

#include "src/postgres.hpp"
//
#include "core/hidden_fields.hpp"
#include "core/search_shape.hpp"

namespace tailor {

/// What a search reads: the tables that the settings name, resolved under the caller's search_path, without
/// the fields that a setting hides.
struct Relations {
  Oid tailor, user, sample_work;
  HiddenFields hidden;
};
static_assert(std::has_unique_object_representations_v<Relations>, "it is hashed byte by byte");

struct NativePlan;

struct Binding {
  Relations relations;              // the key
  Oid postgis_schema = InvalidOid;  // as the plans name it
  bool has_foreign_partition = false;
  bool stale = false;   // a table, its columns or a schema changed: drop when unused
  int users = 0;        // searches using it; while there are any, neither it nor its plans are freed
  uint64 last_use = 0;  // the least recently used binding is evicted
  SPIPlanPtr search_plans[SearchShape::count] = {};
  SPIPlanPtr facet_plans[SearchShape::count] = {};
  SPIPlanPtr cluster_plans[SearchShape::count] = {};
  SPIPlanPtr by_id_plan = nullptr;
  NativePlan* native = nullptr;  // see kept_plan.hpp
};

/// The binding for the caller's settings and search_path, to be used through with_binding(). Raises 42P01,
/// 42809, 42703 or 42804, naming the table, the column, what was found and what is needed.
Binding& current_binding();

/// Runs work(Binding&), which may raise and may itself search. A binding in use is not moved or freed.
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

/// The tables that the settings name now, neither locked nor checked; InvalidOid if missing.
Relations named_relations();

/// Registers the invalidation callbacks; called once, when the library is loaded.
void watch_relations();

/// The relation's name for SQL text, schema-qualified and quoted; palloc'd.
const char* qualified_name(Oid relation);

}  // namespace tailor
