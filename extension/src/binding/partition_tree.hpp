// A partitioned table and what is below it.
#pragma once

#include "src/postgres.hpp"

extern "C" {
#include "nodes/pg_list.h"
}

namespace tailor {

struct PartitionTree {
  List* relations;  // the table, then all partitions, of partitions, too; the table alone where it has none
  bool detaching;   // a partition is there for some snapshots only
};

/// Locks all of it as a SELECT does, in the order in which DDL locks it. The table itself must be locked.
PartitionTree lock_partition_tree(Oid table);

/// The index on the partitioned table that the index of a partition is part of; InvalidOid: there is none.
Oid index_above(Oid index, Oid table);

}  // namespace tailor
