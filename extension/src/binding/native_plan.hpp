// Decides whether the native engine can serve these tables, and with which indexes.
#pragma once

#include "src/binding/binding.hpp"
#include "src/binding/columns.hpp"
#include "src/postgres.hpp"

namespace tailor {

/// The covering index, whose first column is tailor_cell("locationPoint"), and its columns, counted from 0.
struct CoveringPlan {
  Oid index;
  int experience, rating;
  int skills;  // as they are, or as tailor_indexed_skills() returns them; negative: read from the table
};

/// The functions of a covering index's columns: tailor_cell() and tailor_indexed_skills().
struct IndexFunctions {
  Oid cell, skills;
};

/// How rows are found by a text key: through a B-tree whose first column it is.
template <std::size_t N>
struct KeyedPlan {
  Oid index;
  Attributes<N> table;
  Attributes<N> in_index;  // the same columns in the index; 0: absent
  bool index_only;         // the index contains all columns that a page shows
  bool newest_first;       // the index's second key is "createdAt", descending
};

/// A heap table with tailors: "Tailor" itself, or one of its partitions, whose attribute numbers may differ.
struct TailorTable {
  Oid relation;
  Attributes<tailor_columns.size()> columns;
  AttrNumber point;
  CoveringPlan covering;
};

/// The largest number of partitions: table and TID of a row must fit into 64 bits.
inline constexpr int kMostTables = 1 << 16;

/// The tables and indexes that the native engine reads, or why it cannot serve. Cached by kept_plan.hpp.
struct NativePlan {
  MemoryContext memory;  // contains the whole plan
  bool made;             // completely, without an error
  bool stale;            // a relation has changed since
  List* relations;       // "Tailor" and its partitions
  const char* refusal;   // why it cannot serve; nullptr: the members below are set

  Oid id_collation, work_id_collation;  // of "Tailor".id, which all partitions share, and "SampleWork".id
  Attributes<tailor_columns.size()> tailor;  // of "Tailor": privileges are checked there
  AttrNumber point;
  Oid index;  // the covering index; with partitions, the partitioned index, if there is one
  TailorTable* tables;
  int table_count;
  KeyedPlan<user_columns.size()> user;                // by "id"
  KeyedPlan<sample_work_columns.size()> sample_work;  // by "tailorId"
  AttrNumber work_tailor;
};

/// Finds partitions, columns and indexes, or the refusal. The relations are locked until the transaction
/// ends.
void make_native_plan(const Relations& relations, const IndexFunctions& functions, NativePlan& plan);

/// Checks what may differ between calls: the caller's privileges and row-level security. The refusal, or
/// nullptr.
const char* native_refusal(const Relations& relations, const NativePlan& plan);

}  // namespace tailor
