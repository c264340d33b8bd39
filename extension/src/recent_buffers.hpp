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
    Slot& slot = slot_of(relation, block);
    return pin(relation, block, slot) ? slot.buffer : read_anew(relation, block, slot);
  }

  /// The same for a page that may be beyond the relation's end: InvalidBuffer, where it is.
  static Buffer read_if_there(Relation relation, BlockNumber block) {
    Slot& slot = slot_of(relation, block);
    if (pin(relation, block, slot)) return slot.buffer;
    return block < RelationGetNumberOfBlocks(relation) ? read_anew(relation, block, slot) : InvalidBuffer;
  }

  /// Brings what read() will look at into the processor's cache.
  static void expect(Relation relation, BlockNumber block) { __builtin_prefetch(&slot_of(relation, block)); }

  /// The same for the page, where its buffer is known: its header, and the item of a row.
  static void expect_page(Relation relation, BlockNumber block, OffsetNumber offset) {
    const Slot& slot = slot_of(relation, block);
    if (slot.block == block) expect_item(slot.buffer, offset);
  }

  /// The same for a page of an index, of which any item may be looked at.
  static void expect_items(Relation relation, BlockNumber block) {
    const Slot& slot = slot_of(relation, block);
    if (slot.block != block || slot.buffer <= 0) return;
    constexpr Size kLine = 64, kLines = 5;
    const char* page = page_in(slot.buffer);
    __builtin_prefetch(GetBufferDescriptor(slot.buffer - 1), 1);
    for (Size line = 0; line < kLines; ++line) __builtin_prefetch(page + line * kLine);
    __builtin_prefetch(page + BLCKSZ - kLine);
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

  static bool pin(Relation relation, BlockNumber block, const Slot& slot) {
    return slot.storage == storage_number(relation) && slot.block == block &&
           pin(relation, block, slot.buffer);
  }

  static Buffer read_anew(Relation relation, BlockNumber block, Slot& slot) {
    slot = {storage_number(relation), block, ReadBuffer(relation, block)};
    return slot.buffer;
  }

  static Slot& slot_of(Relation relation, BlockNumber block) {
    return slots.at(hash_combine(murmurhash32(storage_number(relation)), murmurhash32(block)));
  }

  inline static SessionTable<Slot, 1 << 17> slots;
};

}  // namespace tailor
