// Do the application's tables have the columns that a search reads?
#pragma once

#include "src/binding.hpp"

namespace tailor {

/// Raises 42809 (not a table or view), 42703 (a column is missing) or 42804 (a column's type cannot
/// serve), naming table, column, what was found, what is needed, and the statement that mends it.
void check_columns(const Relations& relations);

}  // namespace tailor
