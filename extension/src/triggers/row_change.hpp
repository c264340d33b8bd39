// A row before and after, as a trigger sees it.
#pragma once

#include "src/postgres.hpp"

extern "C" {
#include "commands/trigger.h"
}

namespace tailor {

struct RowChange {
  TupleDesc descriptor;
  HeapTuple before, after;  // null where there is none

  /// Whether the column has another value; false for a column that the table does not have. Of updates only.
  bool differs(const char* column) const;
};

/// Of a trigger FOR EACH ROW.
RowChange row_change(const TriggerData& trigger);

/// The number of the column, if it is there and is of this type or a domain over it; else 0.
int column_of_type(TupleDesc descriptor, const char* column, Oid type);

}  // namespace tailor
