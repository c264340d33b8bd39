// Can the native engine serve these tables, and with which indexes?
#pragma once

#include "src/binding.hpp"
#include "src/postgres.hpp"

namespace tailor {

/// A table's columns of the model, as attribute numbers, in the order of pure/model.hpp.
template <std::size_t N>
using Attributes = std::array<AttrNumber, N>;

/// The covering index, on tailor_cell("locationPoint"), and which of its columns, from 0, holds what.
struct CoveringPlan {
  Oid index;
  int experience, rating, skills;
};

/// How rows are found by a text: by a B-tree whose first key it is.
template <std::size_t N>
struct KeyedPlan {
  Oid index;
  Attributes<N> table;
  Attributes<N> in_index;  // the same columns in the index; 0: not there
  bool index_only;         // all that a page shows is in the index
  bool newest_first;       // the index's second key is "createdAt", descending
};

/// What the native engine reads. Holds for as long as the binding's tables do not change.
struct NativePlan {
  Attributes<tailor_columns.size()> tailor;
  AttrNumber point;
  CoveringPlan covering;
  KeyedPlan<user_columns.size()> user;                // by "id"
  KeyedPlan<sample_work_columns.size()> sample_work;  // by "tailorId"
  AttrNumber work_tailor;
};

/// Finds columns and indexes. Returns why it cannot be, or nullptr when `plan` is filled in.
const char* make_native_plan(const Relations& relations, Oid cell_function, NativePlan& plan);

/// What may differ from call to call: privileges and row-level security of the caller. Why not, or nullptr.
const char* native_refusal(const Relations& relations, const NativePlan& plan);

}  // namespace tailor
