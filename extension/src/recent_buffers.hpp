// Reads pages by remembering the buffers that held them: PostgreSQL's own way to a page that is in memory,
// its buffer mapping table, costs several cache misses, which was a fifth of a search.
#pragma once

#include "src/postgres.hpp"
#include "src/session_table.hpp"

extern "C" {
#include "common/hashfn.h"
#include "pgstat.h"
#include "storage/buf_internals.h"
#include "storage/bufmgr.h"
#include "utils/rel.h"
}

namespace tailor {

#if PG_VERSION_NUM >= 160000
inline const RelFileLocator& storage_of(Relation relation) {
  return relation->rd_locator;
}
/// The number of a relation's file: another one after a REINDEX, say.
inline Oid storage_number(Relation relation) {
  return relation->rd_locator.relNumber;
}
#else
inline const RelFileNode& storage_of(Relation relation) {
  return relation->rd_node;
}
inline Oid storage_number(Relation relation) {
  return relation->rd_node.relNode;
}
#endif

/// The buffers of the pages that were read last, those of all relations together. For the life of the
/// session.
class RecentBuffers {
 public:
  /// Pins a page of the relation's main fork, as ReadBuffer() does.
  static Buffer read(Relation relation, BlockNumber block) {
    const Oid storage = storage_number(relation);
    Slot& slot = slot_of(relation, block);
    if (slot.storage == storage && slot.block == block && pin(relation, block, slot.buffer))
      return slot.buffer;
    slot = {storage, block, ReadBuffer(relation, block)};
    return slot.buffer;
  }

  /// Brings what read() will look at into the processor's cache.
  static void expect(Relation relation, BlockNumber block) { __builtin_prefetch(&slot_of(relation, block)); }

  /// The same for the page, where its buffer is known: its header, and the item of a row.
  static void expect_page(Relation relation, BlockNumber block, OffsetNumber offset) {
    const Slot& slot = slot_of(relation, block);
    if (slot.block == block) expect_item(slot.buffer, offset);
  }

  /// The same for an item of a page that is in a buffer, as far as it is known.
  static void expect_item(Buffer buffer, OffsetNumber offset) {
    if (buffer <= 0) return;
    const char* page = page_in(buffer);
    __builtin_prefetch(GetBufferDescriptor(buffer - 1), 1);  // a pin writes it
    __builtin_prefetch(page);
    __builtin_prefetch(page + SizeOfPageHeaderData + (offset - 1) * sizeof(ItemIdData));
  }

  static const char* page_in(Buffer buffer) { return BufferBlocks + static_cast<Size>(buffer - 1) * BLCKSZ; }

  /// Pins the buffer, but only if it holds that page of the relation.
  static bool pin(Relation relation, BlockNumber block, Buffer buffer) {
    if (RelationUsesLocalBuffers(relation) ||
        !ReadRecentBuffer(storage_of(relation), MAIN_FORKNUM, block, buffer))
      return false;
    note_use(buffer);
    pgstat_count_buffer_read(relation);
    pgstat_count_buffer_hit(relation);
    return true;
  }

 private:
  // Tells the clock sweep that the page is in use, as ReadBuffer() does and ReadRecentBuffer() does not.
  // Mostly it knows.
  static void note_use(Buffer buffer) {
    BufferDesc* descriptor = GetBufferDescriptor(buffer - 1);
    uint32 state = pg_atomic_read_u32(&descriptor->state);
    if ((state & BM_LOCKED) == 0 && BUF_STATE_GET_USAGECOUNT(state) < BM_MAX_USAGE_COUNT)
      pg_atomic_compare_exchange_u32(&descriptor->state, &state, state + BUF_USAGECOUNT_ONE);
  }

  struct Slot {
    Oid storage;
    BlockNumber block;
    Buffer buffer;
  };

  static Slot& slot_of(Relation relation, BlockNumber block) {
    return slots.at(hash_combine(murmurhash32(storage_number(relation)), murmurhash32(block)));
  }

  inline static SessionTable<Slot, 1 << 17> slots;
};

}  // namespace tailor
