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
    Slot& slot = slots.at(hash_combine(murmurhash32(storage), murmurhash32(block)));
    if (slot.storage == storage && slot.block == block && pin(relation, block, slot.buffer))
      return slot.buffer;
    slot = {storage, block, ReadBuffer(relation, block)};
    return slot.buffer;
  }

  /// Pins the buffer, but only if it holds that page of the relation.
  static bool pin([[maybe_unused]] Relation relation, [[maybe_unused]] BlockNumber block,
                  [[maybe_unused]] Buffer buffer) {
#if PG_VERSION_NUM >= 140000
    if (RelationUsesLocalBuffers(relation) ||
        !ReadRecentBuffer(storage_of(relation), MAIN_FORKNUM, block, buffer))
      return false;
    note_use(buffer);
    pgstat_count_buffer_read(relation);
    pgstat_count_buffer_hit(relation);
    return true;
#else
    return false;
#endif
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

  inline static SessionTable<Slot, 1 << 17> slots;
};

}  // namespace tailor
