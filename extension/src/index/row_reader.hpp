// Reads rows of a table by TID in the caller's snapshot, without the executor.
#pragma once

#include "src/binding/columns.hpp"
#include "src/binding/native_plan.hpp"

extern "C" {
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "executor/tuptable.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
}

namespace tailor {

/// Converts a row's table and TID to a number and back.
inline uint64 pack_tid(const ItemPointerData& tid, uint64 table = 0) {
  return table << 48 | uint64{ItemPointerGetBlockNumber(&tid)} << 16 | ItemPointerGetOffsetNumber(&tid);
}
inline ItemPointerData unpack_tid(uint64 place) {
  ItemPointerData tid;
  ItemPointerSet(&tid, static_cast<BlockNumber>(place >> 16), static_cast<OffsetNumber>(place & 0xFFFF));
  return tid;
}
inline std::size_t table_of(uint64 place) {
  return place >> 48;
}
static_assert(kMostTables == 1 << 16);

/// An open table with a slot. Call close() when done; an error closes it, too.
struct RowReader {
  Relation table;
  Snapshot snapshot;
  TupleTableSlot* slot;

  void open(Oid relation, Snapshot of);
  void close() const;

  /// Releases the page read last.
  void release() const;

  /// Fetches the visible row of an index entry's TID. False if none is visible.
  bool read(uint64 place) const;

  /// A column of the row read last. By-reference values live until the next read.
  Datum column(AttrNumber attribute, bool& null) const { return slot_getattr(slot, attribute, &null); }

  /// Copies the row read last, with all by-reference values, to the current memory context.
  HeapTuple copy_row() const { return ExecCopySlotHeapTuple(slot); }

  /// Columns of a copied row, NULL for those without a number. By-reference values live as long as the copy.
  template <std::size_t N>
  void take_columns(HeapTuple row, const Attributes<N>& attributes, Values<N>& to) const {
    heap_deform_tuple(row, RelationGetDescr(table), values, nulls);
    for (std::size_t i = 0; i < N; ++i) {
      to.null[i] = attributes[i] == 0 || nulls[attributes[i] - 1];
      if (!to.null[i]) to.value[i] = values[attributes[i] - 1];
    }
  }

 private:
  IndexFetchTableData* fetch;
  Datum* values;  // room for all columns of a row
  bool* nulls;
};

}  // namespace tailor
