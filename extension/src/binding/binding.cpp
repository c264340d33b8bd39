#include "src/binding/binding.hpp"

#include "src/binding/column_check.hpp"
#include "src/binding/kept_plan.hpp"
#include "src/binding/partition_tree.hpp"
#include "src/binding/security_context.hpp"
#include "src/postgis/postgis.hpp"
#include "src/session_limits.hpp"
#include "src/settings.hpp"

namespace tailor {
namespace {

HTAB* bindings = nullptr;  // Relations -> Binding, kept for the session

void create_bindings() {
  HASHCTL control{};
  control.keysize = sizeof(Relations);
  control.entrysize = sizeof(Binding);
  control.hcxt = TopMemoryContext;
  bindings =
      hash_create("tailor_search bindings", kMaxBindings, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

template <typename Visit>
void for_each_binding(Visit visit) {
  if (bindings == nullptr) return;
  HASH_SEQ_STATUS scan;
  hash_seq_init(&scan, bindings);
  while (auto* binding = static_cast<Binding*>(hash_seq_search(&scan))) visit(*binding);
}

void free_plan(SPIPlanPtr& plan) {
  if (plan != nullptr) SPI_freeplan(plan);
  plan = nullptr;
}

void drop(Binding& binding) {
  for (SPIPlanPtr& plan : binding.search_plans) free_plan(plan);
  for (SPIPlanPtr& plan : binding.facet_plans) free_plan(plan);
  for (SPIPlanPtr& plan : binding.cluster_plans) free_plan(plan);
  free_plan(binding.by_id_plan);
  forget_plan(binding);
  hash_search(bindings, &binding.relations, HASH_REMOVE, nullptr);
}

void drop_stale() {
  for_each_binding([](Binding& binding) {
    if (binding.stale && binding.users == 0) drop(binding);
  });
}

// With more tenants (schemas) in a session, the least recently used binding is dropped.
void make_room() {
  if (static_cast<std::size_t>(hash_get_num_entries(bindings)) < kMaxBindings) return;
  Binding* oldest = nullptr;
  for_each_binding([&oldest](Binding& binding) {
    if (binding.users == 0 && (oldest == nullptr || binding.last_use < oldest->last_use)) oldest = &binding;
  });
  if (oldest != nullptr) drop(*oldest);
}

// Invalidation callbacks run at any lock or transaction boundary: they only set flags.
void relation_changed(Datum, Oid relation) {
  for_each_binding([relation](Binding& binding) {
    const Relations& of = binding.relations;
    if (!OidIsValid(relation) || relation == of.tailor || relation == of.user || relation == of.sample_work)
      binding.stale = true;
    note_change(binding, relation);
  });
}

// Plans contain the names of schemas, which may have been renamed.
void schema_changed(Datum, CatalogCacheId, uint32) {
  for_each_binding([](Binding& binding) { binding.stale = true; });
}

RangeVar* parse_name(const char* setting, const char* value) {
  List* parts = NIL;
  if (!SplitIdentifierString(pstrdup(value), '.', &parts) || parts == NIL || list_length(parts) > 2)
    ereport(ERROR, (errcode(ERRCODE_INVALID_NAME),
                    errmsg("the setting %s must be a table's name, not \"%s\"", setting, value),
                    errhint("Give name or schema.name. Names with capitals need double quotes within the "
                            "value: SET %s = 'app.\"Tailor\"'.",
                            setting)));
  char* schema = list_length(parts) == 2 ? static_cast<char*>(linitial(parts)) : nullptr;
  return makeRangeVar(schema, static_cast<char*>(llast(parts)), -1);
}

// Checked at each call, because a binding is shared by roles.
Oid find(const char* setting, const char* value, LOCKMODE lock) {
  const RangeVar* name = parse_name(setting, value);
  const bool lent = has_lent_rights();
  if (lent) check_chosen_name(setting, value, name->schemaname != nullptr);
  const Oid found = RangeVarGetRelid(name, lock, true);
  if (!lent || !OidIsValid(found)) return found;
  check_owner(found, setting);
  if (lock != NoLock) check_owners_below(found, setting);  // otherwise it is only named, not read
  return found;
}

// Locks while resolving the name, as a SELECT does: the relation cannot be dropped before it is read.
Oid resolve(const char* setting, const char* value) {
  const Oid found = find(setting, value, AccessShareLock);
  if (!OidIsValid(found))
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
                    errmsg("relation %s does not exist, or is not on the search_path", value),
                    errdetail("The setting %s names it; search_path is %s.", setting, namespace_search_path),
                    errhint("Set %s to the table's name. Names with capitals need double quotes within the "
                            "value: SET %s = 'app.\"Tailor\"'.",
                            setting, setting)));
  return found;
}

Relations resolve_relations() {
  return {.tailor = resolve("tailor_search.tailor_table", settings::tailor_table),
          .user = resolve("tailor_search.user_table", settings::user_table),
          .sample_work = resolve("tailor_search.sample_work_table", settings::sample_work_table),
          .hidden = settings::hidden};
}

// A stale binding in use (by a policy that itself searches) keeps its plans: those of the SQL engine replan
// by themselves, and the native engine makes a new one.
Binding& bind(const Relations& relations, Oid postgis) {
  check_columns(relations);
  const bool foreign = has_foreign_partition(relations.tailor);
  drop_stale();
  make_room();
  bool existed = false;
  auto* binding = static_cast<Binding*>(hash_search(bindings, &relations, HASH_ENTER, &existed));
  if (!existed)
    *binding = Binding{.relations = relations, .postgis_schema = postgis, .has_foreign_partition = foreign};
  mark_plan_stale(*binding);
  return *binding;
}

}  // namespace

Binding& current_binding() {
  static uint64 uses = 0;
  const Relations relations = resolve_relations();
  if (bindings == nullptr) create_bindings();
  auto* known = static_cast<Binding*>(hash_search(bindings, &relations, HASH_FIND, nullptr));
  const Oid postgis = postgis_namespace();
  if (known != nullptr && known->postgis_schema != postgis) known->stale = true;  // PostGIS was moved
  if (known == nullptr || known->stale) known = &bind(relations, postgis);
  known->last_use = ++uses;
  return *known;
}

Relations named_relations() {
  return {.tailor = find("tailor_search.tailor_table", settings::tailor_table, NoLock),
          .user = find("tailor_search.user_table", settings::user_table, NoLock),
          .sample_work = find("tailor_search.sample_work_table", settings::sample_work_table, NoLock),
          .hidden = settings::hidden};
}

void watch_relations() {
  CacheRegisterRelcacheCallback(relation_changed, Datum{0});
  CacheRegisterSyscacheCallback(NAMESPACEOID, schema_changed, Datum{0});
}

const char* qualified_name(Oid relation) {
  return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)), get_rel_name(relation));
}

}  // namespace tailor
