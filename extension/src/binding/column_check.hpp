// Checks that the application's tables have the columns that a search reads.
#pragma once

#include "src/binding/binding.hpp"

namespace tailor {

/// Why a relation cannot serve a search, in the words of the error message.
struct Problem {
  const char* kind;  // tailor, user or sample_work
  Oid relation;
  const char* column;  // null: the relation as a whole
  int code;
  const char* message;
  const char* detail;     // null: none
  const char* hint;       // the remedy
  const char* statement;  // the remedy in SQL; null: none
};

/// All problems of these relations (42809, 42703, 42804), as a List of Problem*. InvalidOid relations are
/// skipped.
List* find_problems(const Relations& relations);

/// Raises the first problem, if any.
void check_columns(const Relations& relations);

}  // namespace tailor
