// Which collations of the ids the native engine compares as PostgreSQL does.
#pragma once

#include "src/binding/binding.hpp"

namespace tailor {

/// Why the native engine cannot compare the ids of these tables, palloc'd, or nullptr. It finds keys by their
/// bytes, which a nondeterministic collation does not, and two collations of one comparison are an error that
/// PostgreSQL itself raises.
const char* unfit_collations(const Relations& relations);

/// The collation of a column that exists.
Oid collation_of(Oid relation, const char* column);

}  // namespace tailor
