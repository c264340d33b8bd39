#include "src/index/row_reader.hpp"

#include "src/index/recent_buffers.hpp"

namespace tailor {

void RowReader::open(Oid relation, Snapshot of) {
  table = table_open(relation, AccessShareLock);
  snapshot = of;
  slot = table_slot_create(table, nullptr);
  const auto columns = static_cast<std::size_t>(RelationGetNumberOfAttributes(table));
  values = static_cast<Datum*>(palloc(columns * sizeof(Datum)));
  nulls = static_cast<bool*>(palloc(columns * sizeof(bool)));
}

// The lock stays until the transaction ends, as for a SELECT.
void RowReader::close() const {
  ExecDropSingleTupleTableSlot(slot);
  table_close(table, NoLock);
}

void RowReader::release() const {
  ExecClearTuple(slot);
}

// What the heap's index fetch does, but for pruning the page.
bool RowReader::read(uint64 place) const {
  ItemPointerData tid = unpack_tid(place);
  HeapTuple row = &reinterpret_cast<BufferHeapTupleTableSlot*>(slot)->base.tupdata;
  ExecClearTuple(slot);
  const Buffer buffer = RecentBuffers::read(table, ItemPointerGetBlockNumber(&tid));
  LockBuffer(buffer, BUFFER_LOCK_SHARE);
  const bool found = heap_hot_search_buffer(&tid, table, buffer, snapshot, row, nullptr, true);
  LockBuffer(buffer, BUFFER_LOCK_UNLOCK);
  if (found) {
    row->t_self = tid;
    row->t_tableOid = RelationGetRelid(table);
    ExecStorePinnedBufferHeapTuple(row, slot, buffer);
  } else {
    ReleaseBuffer(buffer);
  }
  return found;
}

}  // namespace tailor
