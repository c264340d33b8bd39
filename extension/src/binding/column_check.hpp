// Do the application's tables have the columns that a search reads?
#pragma once

#include "src/binding/binding.hpp"

namespace tailor {

/// What keeps a relation from serving a search, in the words of the error that a search raises.
struct Problem {
  const char* kind;  // tailor, user or sample_work
  Oid relation;
  const char* column;  // null: the relation as a whole
  int code;
  const char* message;
  const char* detail;     // null: none
  const char* hint;       // what to do
  const char* statement;  // which does it; null: none can
};

/// All problems of these relations (42809, 42703, 42804), as a List of Problem*; relations that are
/// InvalidOid are left out.
List* find_problems(const Relations& relations);

/// Raises the first one, if there is one.
void check_columns(const Relations& relations);

}  // namespace tailor
