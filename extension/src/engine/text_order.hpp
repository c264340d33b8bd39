// The order of detoasted texts by a collation, equal to ORDER BY … NULLS LAST.
#pragma once

#include "src/postgres.hpp"

extern "C" {
#include "utils/varlena.h"
}

namespace tailor {

/// Less than, equal to or greater than 0. nullptr means NULL, which is last. Raises the operator's errors.
inline int compare_nulls_last(const text* a, const text* b, Oid collation) {
  if (a == nullptr || b == nullptr) return int{a == nullptr} - int{b == nullptr};
  return varstr_cmp(VARDATA_ANY(a), static_cast<int>(VARSIZE_ANY_EXHDR(a)), VARDATA_ANY(b),
                    static_cast<int>(VARSIZE_ANY_EXHDR(b)), collation);
}

}  // namespace tailor
