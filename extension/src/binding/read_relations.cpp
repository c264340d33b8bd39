#include "src/binding/read_relations.hpp"

extern "C" {
#include "access/relation.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "nodes/nodeFuncs.h"
#include "rewrite/rewriteHandler.h"
#include "rewrite/rowsecurity.h"
#include "utils/rel.h"
#include "utils/rls.h"
}

namespace tailor {
namespace {

// Adds the relations that a query or expression names to the List* that the context points to.
bool collect_relations(Node* node, void* context) {
#if PG_VERSION_NUM >= 160000
  const auto walker = collect_relations;
#else
  // Declared there without its arguments; void (*)() is what the compiler lets any function be cast to.
  const auto walker = reinterpret_cast<bool (*)()>(reinterpret_cast<void (*)()>(collect_relations));
#endif
  if (node == nullptr) return false;
  if (IsA(node, Query))
    return query_tree_walker(reinterpret_cast<Query*>(node), walker, context, QTW_EXAMINE_RTES_BEFORE);
  if (!IsA(node, RangeTblEntry)) return expression_tree_walker(node, walker, context);
  const auto* entry = reinterpret_cast<RangeTblEntry*>(node);
  auto* found = static_cast<List**>(context);
  if (entry->rtekind == RTE_RELATION) *found = list_append_unique_oid(*found, entry->relid);
  return false;  // the walker continues into the entry
}

void add_policies(Relation relation, List*& found) {
  if (check_enable_rls(RelationGetRelid(relation), InvalidOid, true) != RLS_ENABLED) return;
  ListCell* cell = nullptr;
  foreach (cell, relation->rd_rsdesc->policies)
    collect_relations(reinterpret_cast<Node*>(static_cast<RowSecurityPolicy*>(lfirst(cell))->qual), &found);
}

void add_children(Relation relation, List*& found) {
  ListCell* cell = nullptr;
  foreach (cell, find_inheritance_children(RelationGetRelid(relation), AccessShareLock))
    found = list_append_unique_oid(found, lfirst_oid(cell));
}

}  // namespace

List* lock_read_relations(Oid relation) {
  List* found = list_make1_oid(relation);
  ListCell* cell = nullptr;
  foreach (cell, found) {  // the list grows meanwhile
    CHECK_FOR_INTERRUPTS();
    Relation opened = try_relation_open(lfirst_oid(cell), AccessShareLock);
    if (opened == nullptr) continue;  // dropped meanwhile
    if (opened->rd_rel->relkind == RELKIND_VIEW)
      collect_relations(reinterpret_cast<Node*>(get_view_query(opened)), &found);
    if (opened->rd_rel->relhassubclass) add_children(opened, found);
    if (opened->rd_rsdesc != nullptr) add_policies(opened, found);
    relation_close(opened, NoLock);
  }
  return found;
}

}  // namespace tailor
