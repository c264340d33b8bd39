// Which tables are bound, and whether their changes are told: for the procedures of the install script, and
// for front ends that ask whether to trust what they have cached.
#include "src/binding.hpp"

extern "C" {
#include "access/relation.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "parser/parse_func.h"
#include "utils/rel.h"
}

namespace tailor {
namespace {

constexpr std::array kKinds{"tailor", "user", "sample_work"};

std::array<Oid, kKinds.size()> bound_tables() {
  const Relations& relations = current_binding().relations;
  return {relations.tailor, relations.user, relations.sample_work};
}

// The triggers of a table that has inheritance children do not fire for the children's rows; those of a
// partitioned one do.
bool is_told(Oid table, Oid function) {
  Relation relation = relation_open(table, AccessShareLock);
  const TriggerDesc* triggers = relation->trigdesc;
  bool told = false;
  for (int i = 0; triggers != nullptr && i < triggers->numtriggers; ++i) {
    const Trigger& trigger = triggers->triggers[i];
    told = told || (trigger.tgfoid == function && TRIGGER_FOR_ROW(trigger.tgtype) &&
                    trigger.tgenabled != TRIGGER_DISABLED);
  }
  if (relation->rd_rel->relkind == RELKIND_RELATION && relation->rd_rel->relhassubclass) told = false;
  relation_close(relation, AccessShareLock);
  return told;
}

}  // namespace
}  // namespace tailor

extern "C" {

TAILOR_SQL_FUNCTION(tailor_search_tables);
Datum tailor_search_tables(PG_FUNCTION_ARGS) {
  InitMaterializedSRF(fcinfo, 0);
  const auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  const auto tables = tailor::bound_tables();
  for (std::size_t i = 0; i < tables.size(); ++i) {
    Datum values[] = {CStringGetTextDatum(tailor::kKinds[i]), ObjectIdGetDatum(tables[i])};
    bool nulls[] = {false, false};
    tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
  }
  return Datum{0};
}

TAILOR_SQL_FUNCTION(tailor_search_notifies_changes);
Datum tailor_search_notifies_changes(PG_FUNCTION_ARGS) {
  List* name = list_make2(makeString(get_namespace_name(get_func_namespace(fcinfo->flinfo->fn_oid))),
                          makeString(pstrdup("tailor_search_changed")));
  const Oid function = LookupFuncName(name, 0, nullptr, false);
  for (const Oid table : tailor::bound_tables())
    if (!tailor::is_told(table, function)) PG_RETURN_BOOL(false);
  PG_RETURN_BOOL(true);
}
}
