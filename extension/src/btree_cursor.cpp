#include "src/btree_cursor.hpp"

extern "C" {
#include "access/genam.h"
#include "pgstat.h"
#include "storage/bufmgr.h"
#include "storage/predicate.h"
#include "utils/rel.h"
}

namespace tailor {
namespace {

// From PostgreSQL 16 on PageGetSpecialPointer() takes no pointer to const.
// NOLINTNEXTLINE(readability-non-const-parameter)
BTPageOpaque opaque_of(Page page) {
  return reinterpret_cast<BTPageOpaque>(PageGetSpecialPointer(page));
}

// PostgreSQL 17 dropped old_snapshot_threshold.
void check_snapshot_age([[maybe_unused]] Snapshot snapshot, [[maybe_unused]] Relation index,
                        [[maybe_unused]] Page page) {
#if PG_VERSION_NUM < 170000
  TestForOldSnapshot(snapshot, index, page);
#endif
}

// The leaf page of the key, locked; InvalidBuffer in an empty index.
Buffer search(Relation index, BTScanInsert key, [[maybe_unused]] Snapshot snapshot) {
  Buffer leaf = InvalidBuffer;
#if PG_VERSION_NUM >= 170000
  BTStack stack = _bt_search(index, nullptr, key, &leaf, BT_READ);
#elif PG_VERSION_NUM >= 160000
  BTStack stack = _bt_search(index, nullptr, key, &leaf, BT_READ, snapshot);
#else
  BTStack stack = _bt_search(index, key, &leaf, BT_READ, snapshot);
#endif
  _bt_freestack(stack);
  return leaf;
}

}  // namespace

void BtreeCursor::open(Oid index_oid, Snapshot snapshot) {
  index_ = index_open(index_oid, AccessShareLock);
  snapshot_ = snapshot;
  key_ = _bt_mkscankey(index_, nullptr);
  key_->keysz = 1;
  key_->anynullkeys = false;
  skip_dead_ = !TransactionStartedDuringRecovery();
  buffer_ = InvalidBuffer;
}

// The lock stays until the transaction ends, as for a SELECT.
void BtreeCursor::close() {
  pfree(key_);
  index_close(index_, NoLock);
}

bool BtreeCursor::seek(Datum key, bool null) {
  ScanKey column = &key_->scankeys[0];
  column->sk_argument = key;
  column->sk_flags = null ? column->sk_flags | SK_ISNULL : column->sk_flags & ~SK_ISNULL;
  pgstat_count_index_scan(index_);
  if (!descend()) return false;
  read_leaf();
  first_ = first_not_before();
  return true;
}

// A root that another session has made between the first look and the lock would be missed without a second.
bool BtreeCursor::descend() {
  buffer_ = search(index_, key_, snapshot_);
  if (BufferIsValid(buffer_)) return true;
  PredicateLockRelation(index_, snapshot_);
  if (IsolationIsSerializable()) buffer_ = search(index_, key_, snapshot_);
  return BufferIsValid(buffer_);
}

bool BtreeCursor::next_leaf() {
  release();
  while (right_ != P_NONE) {
    buffer_ = _bt_getbuf(index_, right_, BT_READ);
    Page page = BufferGetPage(buffer_);
    check_snapshot_age(snapshot_, index_, page);
    if (!P_IGNORE(opaque_of(page))) {
      read_leaf();
      return true;
    }
    right_ = opaque_of(page)->btpo_next;
    _bt_relbuf(index_, buffer_);
  }
  buffer_ = InvalidBuffer;
  return false;
}

void BtreeCursor::release() {
  if (BufferIsValid(buffer_)) ReleaseBuffer(buffer_);
  buffer_ = InvalidBuffer;
}

void BtreeCursor::read_leaf() {
  PredicateLockPage(index_, BufferGetBlockNumber(buffer_), snapshot_);
  Page page = BufferGetPage(buffer_);
  BTPageOpaque opaque = opaque_of(page);
  right_ = opaque->btpo_next;
  first_ = P_FIRSTDATAKEY(opaque);
  end_ = static_cast<OffsetNumber>(PageGetMaxOffsetNumber(page) + 1);
}

OffsetNumber BtreeCursor::first_not_before() const {
  OffsetNumber low = first_;
  OffsetNumber high = end_;
  while (low < high) {
    const auto middle = static_cast<OffsetNumber>(low + (high - low) / 2);
    if (_bt_compare(index_, key_, BufferGetPage(buffer_), middle) > 0)
      low = static_cast<OffsetNumber>(middle + 1);
    else
      high = middle;
  }
  return low;
}

}  // namespace tailor
