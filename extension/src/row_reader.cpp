#include "src/row_reader.hpp"

extern "C" {
#include "access/stratnum.h"
#include "utils/fmgroids.h"
}

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

bool RowReader::read(uint64 place) const {
  ItemPointerData tid = unpack_tid(place);
  bool call_again = false;
  bool all_dead = false;
  return table_index_fetch_tuple(fetch, &tid, snapshot, slot, &call_again, &all_dead);
}

void KeyedReader::open(Oid relation, Oid index_oid, Snapshot snapshot) {
  rows.open(relation, snapshot);
  index = index_open(index_oid, AccessShareLock);
#if PG_VERSION_NUM >= 180000
  scan = index_beginscan(rows.table, index, snapshot, nullptr, 1, 0);
#else
  scan = index_beginscan(rows.table, index, snapshot, 1, 0);
#endif
}

void KeyedReader::close() const {
  index_endscan(scan);
  index_close(index, NoLock);
  rows.close();
}

void KeyedReader::seek(Datum key) const {
  ScanKeyData equal;
  ScanKeyEntryInitialize(&equal, 0, 1, BTEqualStrategyNumber, InvalidOid, index->rd_indcollation[0], F_TEXTEQ,
                         key);
  index_rescan(scan, &equal, 1, nullptr, 0);
}

bool KeyedReader::next() const {
  return index_getnext_slot(scan, ForwardScanDirection, rows.slot);
}

}  // namespace tailor
