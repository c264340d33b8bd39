// The old and the new row of a trigger.
#pragma once

#include "src/postgres.hpp"

extern "C" {
#include "commands/trigger.h"
}

namespace tailor {

struct RowChange {
  TupleDesc descriptor;
  HeapTuple before, after;  // null for INSERT or DELETE

  /// For updates: whether the column's value differs; false if the table lacks the column.
  bool differs(const char* column) const;
};

/// The rows of a FOR EACH ROW trigger.
RowChange row_change(const TriggerData& trigger);

/// The column's attribute number if it exists with this type or a domain over it; otherwise 0.
int column_of_type(TupleDesc descriptor, const char* column, Oid type);

}  // namespace tailor
