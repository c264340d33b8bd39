// Can the native engine serve these tables, and with which indexes?
#pragma once

#include "src/binding.hpp"
#include "src/postgres.hpp"

namespace tailor {

/// A table's columns of the model, as attribute numbers, in the order of pure/model.hpp.
template <std::size_t N>
using Attributes = std::array<AttrNumber, N>;

/// What the native engine reads. Holds for as long as the binding's tables do not change.
struct NativePlan {
  Attributes<tailor_columns.size()> tailor;
  AttrNumber point;
  Attributes<user_columns.size()> user;
  Attributes<sample_work_columns.size()> sample_work;
  AttrNumber work_tailor;
  Oid covering_index;                       // on tailor_cell("locationPoint")
  int experience_at, rating_at, skills_at;  // columns of the covering index, from 0
  Oid user_index;                           // btree, first key "id"
  Oid work_index;                           // btree, first key "tailorId"
};

/// Finds columns and indexes. Returns why it cannot be, or nullptr when `plan` is filled in.
const char* make_native_plan(const Relations& relations, Oid cell_function, NativePlan& plan);

/// What may differ from call to call: privileges and row-level security of the caller. Why not, or nullptr.
const char* native_refusal(const Relations& relations, const NativePlan& plan);

}  // namespace tailor
