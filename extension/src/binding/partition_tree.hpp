// A partitioned table and its partitions.
#pragma once

#include "src/postgres.hpp"

extern "C" {
#include "nodes/pg_list.h"
}

namespace tailor {

struct PartitionTree {
  List* relations;  // the table, then all partitions recursively
  bool detaching;   // a partition is being detached and visible to some snapshots only
};

/// Locks all partitions as a SELECT does, in the order of DDL. The table itself must be locked.
PartitionTree lock_partition_tree(Oid table);

/// Whether a partition is a foreign table: its rows are on another server. The same locks.
bool has_foreign_partition(Oid table);

/// The partitioned index to which a partition's index belongs; InvalidOid if there is none.
Oid index_above(Oid index, Oid table);

}  // namespace tailor
