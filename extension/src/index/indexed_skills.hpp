// The skills of a tailor as the covering index has them: what is too long for an index entry is left in the
// row.
#pragma once

#include "src/postgres.hpp"

namespace tailor {

/// Whether a value of tailor_indexed_skills() stands for skills that are too long, which the row has. Also
/// true for the skills '{NULL}' themselves.
bool are_in_row(Datum skills);

}  // namespace tailor
