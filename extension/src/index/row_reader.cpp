#include "src/index/row_reader.hpp"

namespace tailor {

void RowReader::open(Oid relation, Snapshot of) {
  table = table_open(relation, AccessShareLock);
  snapshot = of;
  slot = table_slot_create(table, nullptr);
#if PG_VERSION_NUM >= 190000
  fetch = table_index_fetch_begin(table, 0);
#else
  fetch = table_index_fetch_begin(table);
#endif
  const auto columns = static_cast<std::size_t>(RelationGetNumberOfAttributes(table));
  values = static_cast<Datum*>(palloc(columns * sizeof(Datum)));
  nulls = static_cast<bool*>(palloc(columns * sizeof(bool)));
}

// The lock is held until the transaction ends, as for a SELECT.
void RowReader::close() const {
  ExecDropSingleTupleTableSlot(slot);
  table_index_fetch_end(fetch);
  table_close(table, NoLock);
}

void RowReader::release() const {
  ExecClearTuple(slot);
  table_index_fetch_reset(fetch);
}

bool RowReader::read(uint64 place) const {
  ItemPointerData tid = unpack_tid(place);
  bool call_again = false;  // set only for snapshots that may see several versions of a row
  return table_index_fetch_tuple(fetch, &tid, snapshot, slot, &call_again, nullptr);
}

}  // namespace tailor
