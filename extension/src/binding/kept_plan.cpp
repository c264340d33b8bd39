#include "src/binding/kept_plan.hpp"

#include "src/postgis/postgis.hpp"

extern "C" {
#include "parser/parse_func.h"
#include "storage/lmgr.h"
#include "utils/memutils.h"
}

namespace tailor {
namespace {

// They are in the schema of the called function.
IndexFunctions index_functions(Oid caller) {
  char* schema = get_namespace_name(get_func_namespace(caller));
  const auto find = [schema](const char* name, Oid argument) {
    return LookupFuncName(list_make2(makeString(schema), makeString(pstrdup(name))), 1, &argument, true);
  };
  return {.cell = find("tailor_cell", geography_type()),
          .skills = find("tailor_indexed_skills", TEXTARRAYOID)};
}

bool holds(const NativePlan* plan) {
  return plan != nullptr && plan->made && !plan->stale;
}

void lock_relations(const NativePlan& plan) {
  ListCell* cell = nullptr;
  foreach (cell, plan.relations) LockRelationOid(lfirst_oid(cell), AccessShareLock);
}

NativePlan* empty_plan(MemoryContext parent) {
  MemoryContext memory = AllocSetContextCreate(parent, "tailor_search native plan", ALLOCSET_SMALL_SIZES);
  auto* plan = static_cast<NativePlan*>(MemoryContextAllocZero(memory, sizeof(NativePlan)));
  plan->memory = memory;
  return plan;
}

void fill(const Binding& binding, Oid caller, NativePlan& plan) {
  make_native_plan(binding.relations, index_functions(caller), plan);
  plan.made = true;
}

}  // namespace

const NativePlan& current_plan(Binding& binding, Oid caller) {
  // Waiting for a lock also processes the invalidations by the transaction that held it.
  if (holds(binding.native)) lock_relations(*binding.native);
  if (holds(binding.native)) return *binding.native;
  // An outer search of this session may be using the stale plan, so a nested search makes a new one.
  if (binding.users > 1) {
    NativePlan* own = empty_plan(CurrentMemoryContext);
    fill(binding, caller, *own);
    return *own;
  }
  forget_plan(binding);
  binding.native =
      empty_plan(TopMemoryContext);  // set before it is filled, so that changes meanwhile are recorded
  fill(binding, caller, *binding.native);
  return *binding.native;
}

void forget_plan(Binding& binding) {
  NativePlan* plan = binding.native;
  binding.native = nullptr;
  if (plan != nullptr) MemoryContextDelete(plan->memory);
}

void mark_plan_stale(const Binding& binding) {
  if (binding.native != nullptr) binding.native->stale = true;
}

void note_change(const Binding& binding, Oid relation) {
  NativePlan* plan = binding.native;
  if (plan == nullptr) return;
  if (!plan->made || !OidIsValid(relation) || list_member_oid(plan->relations, relation)) plan->stale = true;
}

}  // namespace tailor
