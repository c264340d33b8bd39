// Which tables the settings name, and whether their changes are told: for the procedures of the install
// script, and for front ends that ask whether to trust what they have cached. They ask with every heartbeat,
// so nothing here waits for a lock on a table.
#include "src/binding.hpp"
#include "src/materialized.hpp"

extern "C" {
#include "access/genam.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "parser/parse_func.h"
#include "utils/fmgroids.h"
}

namespace tailor {
namespace {

constexpr std::array kKinds{"tailor", "user", "sample_work"};

std::array<Oid, kKinds.size()> named_tables() {
  const Relations relations = named_relations();
  return {relations.tailor, relations.user, relations.sample_work};
}

// The triggers of a table that has inheritance children do not fire for the children's rows; those of a
// partitioned one do.
bool has_children_of_their_own(Oid table) {
  HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
  if (!HeapTupleIsValid(tuple)) return true;  // dropped meanwhile
  const auto* relation = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
  const bool has = relation->relkind == RELKIND_RELATION && relation->relhassubclass;
  ReleaseSysCache(tuple);
  return has;
}

bool fires_for_rows(const FormData_pg_trigger& trigger, Oid function) {
  return trigger.tgfoid == function && TRIGGER_FOR_ROW(trigger.tgtype) &&
         trigger.tgenabled != TRIGGER_DISABLED;
}

bool is_told(Oid table, Oid function) {
  if (!OidIsValid(table) || has_children_of_their_own(table)) return false;
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_trigger_tgrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(table));
  Relation triggers = table_open(TriggerRelationId, AccessShareLock);
  SysScanDesc scan = systable_beginscan(triggers, TriggerRelidNameIndexId, true, nullptr, 1, &key);
  bool told = false;
  while (HeapTuple tuple = systable_getnext(scan))
    told = told || fires_for_rows(*reinterpret_cast<Form_pg_trigger>(GETSTRUCT(tuple)), function);
  systable_endscan(scan);
  table_close(triggers, AccessShareLock);
  return told;
}

}  // namespace
}  // namespace tailor

extern "C" {

TAILOR_SQL_FUNCTION(tailor_search_tables);
Datum tailor_search_tables(PG_FUNCTION_ARGS) {
  InitMaterializedSRF(fcinfo, 0);
  const auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
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
    if (!tailor::is_told(table, function)) PG_RETURN_BOOL(false);
  PG_RETURN_BOOL(true);
}
}
