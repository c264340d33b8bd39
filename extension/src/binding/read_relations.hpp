// Finds all relations that reading one relation involves.
#pragma once

#include "src/postgres.hpp"

namespace tailor {

/// The relation, its partitions and inheritance children, the relations that a view reads, and those that the
/// policies for the current role read, recursively. All are locked as by a SELECT.
List* lock_read_relations(Oid relation);

}  // namespace tailor
