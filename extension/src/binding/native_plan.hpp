// Can the native engine serve these tables, and with which indexes?
#pragma once

#include "src/binding/binding.hpp"
#include "src/binding/columns.hpp"
#include "src/postgres.hpp"

namespace tailor {

/// The covering index, on tailor_cell("locationPoint"), and which of its columns, from 0, holds what.
struct CoveringPlan {
  Oid index;
  int experience, rating;
  int skills;  // negative: not in the index, to be read from the table
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

/// A heap table with tailors: "Tailor" itself, or each of its partitions, whose columns may be numbered
/// otherwise.
struct TailorTable {
  Oid relation;
  Attributes<tailor_columns.size()> columns;
  AttrNumber point;
  CoveringPlan covering;
};

/// So many at most: the places of their rows are numbers of 64 bits.
inline constexpr int kMostTables = 1 << 16;

/// What the native engine reads, or why it cannot serve. kept_plan.hpp has it for as long as it holds.
struct NativePlan {
  MemoryContext memory;  // all of it lies in there
  bool made;             // to the end, without an error
  bool stale;            // something changed since
  List* relations;       // "Tailor" and its partitions
  const char* refusal;   // why it cannot serve; or nullptr, and the rest is filled in

  Oid id_collation, work_id_collation;  // of "Tailor".id, which all partitions share, and "SampleWork".id
  Attributes<tailor_columns.size()> tailor;  // of "Tailor": privileges are checked there
  AttrNumber point;
  Oid index;  // the covering one; where there are partitions, that of "Tailor", if it has one
  TailorTable* tables;
  int table_count;
  KeyedPlan<user_columns.size()> user;                // by "id"
  KeyedPlan<sample_work_columns.size()> sample_work;  // by "tailorId"
  AttrNumber work_tailor;
};

/// Finds partitions, columns and indexes, or the refusal. The relations stay locked until the transaction
/// ends.
void make_native_plan(const Relations& relations, Oid cell_function, NativePlan& plan);

/// What may differ from call to call: privileges and row-level security of the caller. Why not, or nullptr.
const char* native_refusal(const Relations& relations, const NativePlan& plan);

}  // namespace tailor
