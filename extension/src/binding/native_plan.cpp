#include "src/binding/native_plan.hpp"

#include <algorithm>
#include <utility>

#include "src/binding/collation_check.hpp"
#include "src/binding/partition_tree.hpp"

extern "C" {
#include "access/genam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_opfamily.h"
#include "commands/defrem.h"
#include "executor/executor.h"
#include "nodes/primnodes.h"
#include "utils/acl.h"
#include "utils/rel.h"
#include "utils/rls.h"
}

namespace tailor {
namespace {

// A user's "createdAt", the last, is not part of a page.
constexpr std::size_t kShownUserColumns = user_columns.size() - 1;

template <std::size_t N>
void find_columns(Oid relation, const std::array<Column, N>& columns, uint32 hidden, Attributes<N>& found) {
  for (std::size_t i = 0; i < N; ++i)
    found[i] = is_hidden(hidden, i) ? InvalidAttrNumber : get_attnum(relation, columns[i].name);
}

// Why the table cannot be read without the executor: only plain heap tables can.
const char* unfit_table(Relation relation) {
  const char* name = RelationGetRelationName(relation);
  if (relation->rd_rel->relkind != RELKIND_RELATION) return psprintf("\"%s\" is not a plain table", name);
  if (relation->rd_tableam != GetHeapamTableAmRoutine()) return psprintf("\"%s\" is not a heap table", name);
  if (relation->rd_rel->relhassubclass) return psprintf("\"%s\" has inheritance children", name);
#if PG_VERSION_NUM >= 180000
  // A virtual generated column is computed by the executor and not stored.
  const TupleConstr* constraints = RelationGetDescr(relation)->constr;
  if (constraints != nullptr && constraints->has_generated_virtual)
    return psprintf("\"%s\" has virtual generated columns", name);
#endif
  if (RELATION_IS_OTHER_TEMP(relation)) return psprintf("\"%s\" is another session's temporary table", name);
  return nullptr;
}

// Whether the index is a complete B-tree. indcheckxmin is checked at each call.
bool is_usable_btree(Relation index) {
  return index->rd_rel->relam == BTREE_AM_OID && index->rd_index->indisvalid && index->rd_index->indisready &&
         index->rd_index->indislive && RelationGetIndexPredicate(index) == NIL;
}

// The operator family of timestamps' usual order.
Oid timestamp_order() {
  return get_opclass_family(GetDefaultOpClass(TIMESTAMPOID, BTREE_AM_OID));
}

bool is_text_key(Relation index, AttrNumber attribute) {
  return index->rd_index->indkey.values[0] == attribute && index->rd_opfamily[0] == TEXT_BTREE_FAM_OID &&
         get_collation_isdeterministic(index->rd_indcollation[0]);
}

// The index column (from 0) that contains the table's column, or -1.
int column_with(Relation index, AttrNumber attribute) {
  for (int i = 0; i < index->rd_index->indnatts; ++i)
    if (index->rd_index->indkey.values[i] == attribute) return i;
  return -1;
}

bool is_call(const Node* expression, Oid function, AttrNumber attribute) {
  if (!IsA(expression, FuncExpr)) return false;
  const auto* call = reinterpret_cast<const FuncExpr*>(expression);
  if (call->funcid != function) return false;
  const auto* argument = static_cast<const Node*>(linitial(call->args));
  if (IsA(argument, RelabelType))  // of a domain
    argument = reinterpret_cast<const Node*>(reinterpret_cast<const RelabelType*>(argument)->arg);
  return IsA(argument, Var) && reinterpret_cast<const Var*>(argument)->varattno == attribute;
}

// The index column (from 0) that contains the function of the table's column, or -1.
int column_with(Relation index, Oid function, AttrNumber attribute) {
  const List* expressions = RelationGetIndexExpressions(index);  // in the order of their columns
  int number = 0;
  for (int i = 0; i < index->rd_index->indnkeyatts; ++i) {
    if (index->rd_index->indkey.values[i] != 0) continue;
    if (is_call(static_cast<const Node*>(list_nth(expressions, number++)), function, attribute)) return i;
  }
  return -1;
}

// The first key is the point's cell, with bigint's own order.
bool is_cell_key(Relation index, Oid cell_function, AttrNumber point) {
  return index->rd_opfamily[0] == INTEGER_BTREE_FAM_OID && (index->rd_indoption[0] & INDOPTION_DESC) == 0 &&
         column_with(index, cell_function, point) == 0;
}

CoveringPlan covering_plan(Relation index, const TailorTable& table, Oid skills_function) {
  const auto column = [&](const char* name) { return column_with(index, get_attnum(table.relation, name)); };
  CoveringPlan plan{.index = RelationGetRelid(index),
                    .experience = column("yearsExperience"),
                    .rating = column("rating"),
                    .skills = column("skills")};
  if (plan.skills < 0)
    plan.skills = column_with(index, skills_function, get_attnum(table.relation, "skills"));
  return plan;
}

template <typename Visit>
void for_each_btree(Relation table, Visit visit) {
  ListCell* cell = nullptr;
  foreach (cell, RelationGetIndexList(table)) {
    Relation index = index_open(lfirst_oid(cell), AccessShareLock);
    if (is_usable_btree(index)) visit(index);
    index_close(index, AccessShareLock);
  }
}

const char* plan_tailor_table(Relation table, uint32 hidden, const IndexFunctions& functions,
                              TailorTable& plan) {
  if (const char* reason = unfit_table(table)) return reason;
  plan.relation = RelationGetRelid(table);
  find_columns(plan.relation, tailor_columns, hidden, plan.columns);
  plan.point = get_attnum(plan.relation, point_column.name);
  plan.covering = {};
  for_each_btree(table, [&](Relation index) {
    if (!is_cell_key(index, functions.cell, plan.point)) return;
    const CoveringPlan found = covering_plan(index, plan, functions.skills);
    if (found.experience <= 0 || found.rating <= 0) return;
    if (!OidIsValid(plan.covering.index) || found.skills > 0) plan.covering = found;
  });
  if (OidIsValid(plan.covering.index)) return nullptr;
  return psprintf("\"%s\" has no covering index on tailor_cell(\"locationPoint\")",
                  RelationGetRelationName(table));
}

// Of columns whose last is "createdAt".
template <std::size_t N>
KeyedPlan<N> plan_with_index(Relation index, const Attributes<N>& table, std::size_t shown) {
  KeyedPlan<N> plan{};
  plan.index = RelationGetRelid(index);
  plan.table = table;
  const Form_pg_index form = index->rd_index;
  for (std::size_t i = 0; i < N; ++i)
    for (int at = 0; at < form->indnatts; ++at)
      if (table[i] != 0 && form->indkey.values[at] == table[i])
        plan.in_index[i] = static_cast<AttrNumber>(at + 1);
  plan.index_only = std::equal(table.begin(), table.begin() + shown, plan.in_index.begin(),
                               [](AttrNumber needed, AttrNumber has) { return needed == 0 || has != 0; });
  plan.newest_first = form->indnkeyatts > 1 && form->indkey.values[1] == table.back() &&
                      index->rd_opfamily[1] == timestamp_order() &&
                      index->rd_indoption[1] == (INDOPTION_DESC | INDOPTION_NULLS_FIRST);
  return plan;
}

// The first `shown` columns appear on a page. An index that contains them all saves reading the table.
template <std::size_t N>
const char* plan_by_text_key(Relation table, const std::array<Column, N>& columns, uint32 hidden,
                             const char* key, std::size_t shown, KeyedPlan<N>& plan) {
  if (const char* reason = unfit_table(table)) return reason;
  plan = {};
  Attributes<N> attributes;
  find_columns(RelationGetRelid(table), columns, hidden, attributes);
  const AttrNumber key_attribute = get_attnum(RelationGetRelid(table), key);
  for_each_btree(table, [&](Relation index) {
    if (!is_text_key(index, key_attribute)) return;
    const KeyedPlan<N> found = plan_with_index(index, attributes, shown);
    if (!OidIsValid(plan.index) ||
        std::pair(found.index_only, found.newest_first) > std::pair(plan.index_only, plan.newest_first))
      plan = found;
  });
  if (OidIsValid(plan.index)) return nullptr;
  return psprintf("\"%s\" has no B-tree index that begins with \"%s\"", RelationGetRelationName(table), key);
}

template <typename Plan>
const char* with_table(Oid relation, Plan plan) {
  Relation table = table_open(relation, AccessShareLock);
  const char* reason = plan(table);
  table_close(table, NoLock);  // locked until the transaction ends, as for a SELECT
  return reason;
}

template <std::size_t N>
bool may_read(Oid relation, const Attributes<N>& columns, std::size_t count) {
  if (pg_class_aclcheck(relation, GetUserId(), ACL_SELECT) == ACLCHECK_OK) return true;
  for (std::size_t i = 0; i < count; ++i)
    if (columns[i] != 0 &&
        pg_attribute_aclcheck(relation, columns[i], GetUserId(), ACL_SELECT) != ACLCHECK_OK)
      return false;
  return true;
}

// The partitioned index to which the indexes of all partitions belong, if there is one.
Oid common_index(Oid tailor, const NativePlan& plan) {
  const Oid first = plan.tables[0].covering.index;
  if (plan.tables[0].relation == tailor) return first;
  const Oid common = index_above(first, tailor);
  const bool shared = std::all_of(plan.tables, plan.tables + plan.table_count, [&](const TailorTable& table) {
    return index_above(table.covering.index, tailor) == common;
  });
  return shared ? common : InvalidOid;
}

const char* plan_tailors(Oid tailor, uint32 hidden, const IndexFunctions& functions, NativePlan& plan) {
  find_columns(tailor, tailor_columns, hidden, plan.tailor);
  plan.point = get_attnum(tailor, point_column.name);
  const PartitionTree tree = lock_partition_tree(tailor);
  MemoryContext caller = MemoryContextSwitchTo(plan.memory);
  plan.relations = list_copy(tree.relations);
  plan.tables = static_cast<TailorTable*>(palloc0(sizeof(TailorTable) * list_length(plan.relations)));
  MemoryContextSwitchTo(caller);
  if (tree.detaching) return psprintf("a partition of \"%s\" is being detached", get_rel_name(tailor));
  if (list_length(plan.relations) > kMostTables)
    return psprintf("\"%s\" has too many partitions", get_rel_name(tailor));
  ListCell* cell = nullptr;
  foreach (cell, plan.relations) {
    if (get_rel_relkind(lfirst_oid(cell)) == RELKIND_PARTITIONED_TABLE) continue;
    const char* reason = with_table(lfirst_oid(cell), [&](Relation table) {
      return plan_tailor_table(table, hidden, functions, plan.tables[plan.table_count++]);
    });
    if (reason != nullptr) return reason;
  }
  if (plan.table_count == 0) return psprintf("\"%s\" has no partitions", get_rel_name(tailor));
  plan.index = common_index(tailor, plan);
  return nullptr;
}

bool has_policies(Oid relation) {
  return check_enable_rls(relation, InvalidOid, true) == RLS_ENABLED;
}

const char* plan_all(const Relations& relations, const IndexFunctions& functions, NativePlan& plan) {
  const char* reason = plan_tailors(relations.tailor, relations.hidden.tailor, functions, plan);
  if (reason == nullptr)
    reason = with_table(relations.user, [&](Relation table) {
      return plan_by_text_key(table, user_columns, relations.hidden.user, user_columns[0].name,
                              kShownUserColumns, plan.user);
    });
  if (reason == nullptr)
    reason = with_table(relations.sample_work, [&](Relation table) {
      return plan_by_text_key(table, sample_work_columns, relations.hidden.sample_work,
                              work_tailor_column.name, sample_work_columns.size(), plan.sample_work);
    });
  if (reason == nullptr) reason = unfit_collations(relations);
  plan.work_tailor = get_attnum(relations.sample_work, work_tailor_column.name);
  plan.id_collation = collation_of(relations.tailor, tailor_columns[0].name);
  plan.work_id_collation = collation_of(relations.sample_work, sample_work_columns[0].name);
  return reason;
}

}  // namespace

void make_native_plan(const Relations& relations, const IndexFunctions& functions, NativePlan& plan) {
  const char* reason = plan_all(relations, functions, plan);
  plan.refusal = reason == nullptr ? nullptr : MemoryContextStrdup(plan.memory, reason);
}

// Without the privileges the SQL engine is used, which raises PostgreSQL's own error.
const char* native_refusal(const Relations& relations, const NativePlan& plan) {
  const Attributes<1> point{plan.point};
  const Attributes<1> work_tailor{plan.work_tailor};
  if (!may_read(relations.tailor, plan.tailor, plan.tailor.size()) || !may_read(relations.tailor, point, 1) ||
      !may_read(relations.user, plan.user.table, kShownUserColumns) ||
      !may_read(relations.sample_work, plan.sample_work.table, sample_work_columns.size()) ||
      !may_read(relations.sample_work, work_tailor, 1))
    return "the role may not read a column that is needed";
  // Modules such as pgaudit and sepgsql hook into the executor's checks only.
  if (ExecutorCheckPerms_hook != nullptr) return "a module that checks permissions is loaded";
  if (has_policies(relations.tailor) || has_policies(relations.user) || has_policies(relations.sample_work))
    return "row-level security applies";
  return nullptr;
}

}  // namespace tailor
