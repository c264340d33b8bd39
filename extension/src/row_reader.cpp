#include "src/row_reader.hpp"

namespace tailor {

void RowReader::open(Oid relation, Snapshot of) {
  table = table_open(relation, AccessShareLock);
  snapshot = of;
  slot = table_slot_create(table, nullptr);
  fetch = table_index_fetch_begin(table);
  const auto columns = static_cast<std::size_t>(RelationGetNumberOfAttributes(table));
  values = static_cast<Datum*>(palloc(columns * sizeof(Datum)));
  nulls = static_cast<bool*>(palloc(columns * sizeof(bool)));
}

// The lock stays until the transaction ends, as for a SELECT.
void RowReader::close() const {
  table_index_fetch_end(fetch);
  ExecDropSingleTupleTableSlot(slot);
  table_close(table, NoLock);
}

void RowReader::release() const {
  ExecClearTuple(slot);
  table_index_fetch_reset(fetch);
}

bool RowReader::read(uint64 place) const {
  ItemPointerData tid = unpack_tid(place);
  bool call_again = false;
  bool all_dead = false;
  return table_index_fetch_tuple(fetch, &tid, snapshot, slot, &call_again, &all_dead);
}

}  // namespace tailor
