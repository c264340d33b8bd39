// The order of detoasted texts by a collation, as a column's `<` has it and ORDER BY … NULLS LAST uses it.
#pragma once

#include "src/postgres.hpp"

extern "C" {
#include "utils/varlena.h"
}

namespace tailor {

/// Less than, equal to or greater than 0. nullptr is NULL, the last. Raises what the operator would raise.
inline int compare_nulls_last(const text* a, const text* b, Oid collation) {
  if (a == nullptr || b == nullptr) return int{a == nullptr} - int{b == nullptr};
  return varstr_cmp(VARDATA_ANY(a), static_cast<int>(VARSIZE_ANY_EXHDR(a)), VARDATA_ANY(b),
                    static_cast<int>(VARSIZE_ANY_EXHDR(b)), collation);
}

}  // namespace tailor
