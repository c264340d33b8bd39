// Reports which tables the settings name, and whether their changes are notified, for the install script's
// procedures and for front ends. These ask with every heartbeat, so nothing here waits for a table lock.
#include "src/binding/binding.hpp"
#include "src/declaration.hpp"
#include "src/materialized.hpp"

extern "C" {
#include "access/genam.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "parser/parse_func.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
}

namespace tailor {
namespace {

constexpr std::array kKinds{"tailor", "user", "sample_work"};

std::array<Oid, kKinds.size()> named_tables() {
  const Relations relations = named_relations();
  return {relations.tailor, relations.user, relations.sample_work};
}

char kind_of(Oid relation, bool& has_children) {
  HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
  if (!HeapTupleIsValid(tuple)) return '\0';  // dropped meanwhile
  const auto* form = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
  const char kind = form->relkind;
  has_children = form->relhassubclass;
  ReleaseSysCache(tuple);
  return kind;
}

struct Triggers {
  bool row = false;       // AFTER INSERT OR UPDATE OR DELETE FOR EACH ROW
  bool truncate = false;  // AFTER TRUNCATE
};

// Only triggers that are ENABLE ALWAYS fire in an apply worker of logical replication.
Triggers find_triggers(Oid table, Oid function) {
  constexpr int16 row = TRIGGER_TYPE_ROW | TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE;
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_trigger_tgrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(table));
  Relation triggers = table_open(TriggerRelationId, AccessShareLock);
  SysScanDesc scan = systable_beginscan(triggers, TriggerRelidNameIndexId, true, nullptr, 1, &key);
  Triggers found;
  while (HeapTuple tuple = systable_getnext(scan)) {
    const auto& trigger = *reinterpret_cast<Form_pg_trigger>(GETSTRUCT(tuple));
    if (trigger.tgfoid != function || trigger.tgenabled != TRIGGER_FIRES_ALWAYS || trigger.tgattr.dim1 > 0 ||
        !heap_attisnull(tuple, Anum_pg_trigger_tgqual, RelationGetDescr(triggers)))
      continue;
    found.row = found.row || trigger.tgtype == row;
    found.truncate = found.truncate || trigger.tgtype == TRIGGER_TYPE_TRUNCATE;
  }
  systable_endscan(scan);
  table_close(triggers, AccessShareLock);
  return found;
}

// The triggers of a table that has inheritance children do not fire for the children's rows. Those of a
// partitioned table are copied to its partitions, where an apply worker changes them. Another server's
// triggers notify no listener here.
bool is_notified(Oid table, Oid function) {
  bool has_children = false;
  const char kind = kind_of(table, has_children);
  if (kind == RELKIND_RELATION && has_children) return false;
  const Triggers found = find_triggers(table, function);
  if (!found.row || !found.truncate || kind != RELKIND_PARTITIONED_TABLE) return found.row && found.truncate;
  ListCell* cell = nullptr;
  foreach (cell, find_all_inheritors(table, NoLock, nullptr)) {
    CHECK_FOR_INTERRUPTS();
    const char below = kind_of(lfirst_oid(cell), has_children);
    if (below == RELKIND_FOREIGN_TABLE) return false;
    if (below == RELKIND_RELATION && !find_triggers(lfirst_oid(cell), function).row) return false;
  }
  return true;
}

}  // namespace
}  // namespace tailor

extern "C" {

TAILOR_SQL_FUNCTION(tailor_search_tables);
Datum tailor_search_tables(PG_FUNCTION_ARGS) {
  InitMaterializedSRF(fcinfo, 0);
  const auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  tailor::check_declared_columns(fcinfo, result->setDesc, 2, 2);
  const auto tables = tailor::named_tables();
  for (std::size_t i = 0; i < tables.size(); ++i) {
    Datum values[] = {CStringGetTextDatum(tailor::kKinds[i]), ObjectIdGetDatum(tables[i])};
    bool nulls[] = {false, !OidIsValid(tables[i])};
    tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
  }
  return Datum{0};
}

TAILOR_SQL_FUNCTION(tailor_search_notifies_changes);
Datum tailor_search_notifies_changes(PG_FUNCTION_ARGS) {
  List* name = list_make2(makeString(get_namespace_name(get_func_namespace(fcinfo->flinfo->fn_oid))),
                          makeString(pstrdup("tailor_search_changed")));
  const Oid function = LookupFuncName(name, 0, nullptr, false);
  for (const Oid table : tailor::named_tables())
    if (!OidIsValid(table) || !tailor::is_notified(table, function)) PG_RETURN_BOOL(false);
  PG_RETURN_BOOL(true);
}
}
