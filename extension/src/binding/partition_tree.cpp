#include "src/binding/partition_tree.hpp"

extern "C" {
#include "catalog/index.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
}

namespace tailor {

PartitionTree lock_partition_tree(Oid table) {
  PartitionTree tree{.relations = list_make1_oid(table), .detaching = false};
  ListCell* cell = nullptr;
  foreach (cell, tree.relations) {
    const Oid relation = lfirst_oid(cell);
    if (get_rel_relkind(relation) != RELKIND_PARTITIONED_TABLE) continue;
    List* children =
        find_inheritance_children_extended(relation, true, AccessShareLock, &tree.detaching, nullptr);
    tree.relations = list_concat(tree.relations, children);
  }
  return tree;
}

bool has_foreign_partition(Oid table) {
  if (get_rel_relkind(table) != RELKIND_PARTITIONED_TABLE) return false;
  ListCell* cell = nullptr;
  foreach (cell, lock_partition_tree(table).relations)
    if (get_rel_relkind(lfirst_oid(cell)) == RELKIND_FOREIGN_TABLE) return true;
  return false;
}

Oid index_above(Oid index, Oid table) {
  if (!get_rel_relispartition(index)) return InvalidOid;
  ListCell* cell = nullptr;
  foreach (cell, get_partition_ancestors(index))
    if (IndexGetRelation(lfirst_oid(cell), true) == table) return lfirst_oid(cell);
  return InvalidOid;
}

}  // namespace tailor
