// Which relations the reading of one relation reads.
#pragma once

#include "src/postgres.hpp"

namespace tailor {

/// The relation, then the partitions, the inheritance children, what a view reads, and what the policies read
/// that apply to the current role; of each of them likewise. All are locked as a SELECT locks them.
List* lock_read_relations(Oid relation);

}  // namespace tailor
