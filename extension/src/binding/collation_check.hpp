// Checks whether the native engine compares ids as PostgreSQL does under their collations.
#pragma once

#include "src/binding/binding.hpp"

namespace tailor {

/// Why the native engine cannot compare the ids of these tables (palloc'd), or nullptr. It compares keys by
/// bytes, which differs under a nondeterministic collation. A comparison of two collations is left to
/// PostgreSQL to refuse.
const char* unfit_collations(const Relations& relations);

/// The collation of a column that exists.
Oid collation_of(Oid relation, const char* column);

}  // namespace tailor
