// Reads pages through the buffers that contained them last. A look-up in PostgreSQL's buffer mapping table
// costs several cache misses, a fifth of a search.
#pragma once

#include "src/index/session_table.hpp"
#include "src/postgres.hpp"
#include "src/session_limits.hpp"

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
/// The relation's file number, which REINDEX, for example, changes.
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

/// The buffers of recently read pages of all relations, for the session's duration. They are hints:
/// ReadRecentBuffer() verifies under the buffer's lock which page a buffer contains.
class RecentBuffers {
 public:
  /// Pins a page of the relation's main fork, as ReadBuffer() does.
  static Buffer read(Relation relation, BlockNumber block) {
    Slot& slot = slot_of(relation, block);
    return pin(relation, block, slot) ? slot.buffer : read_anew(relation, block, slot);
  }

  /// The same for a page that may be beyond the relation's end: then InvalidBuffer.
  static Buffer read_if_there(Relation relation, BlockNumber block) {
    Slot& slot = slot_of(relation, block);
    if (pin(relation, block, slot)) return slot.buffer;
    return block < RelationGetNumberOfBlocks(relation) ? read_anew(relation, block, slot) : InvalidBuffer;
  }

  /// Prefetches the header and an item of the page in a shared buffer.
  static void prefetch_item(Buffer buffer, OffsetNumber offset) {
    if (buffer <= 0) return;
    const char* page = page_in(buffer);
    __builtin_prefetch(GetBufferDescriptor(buffer - 1), 1);  // a pin writes it
    __builtin_prefetch(page);
    __builtin_prefetch(page + SizeOfPageHeaderData + (offset - 1) * sizeof(ItemIdData));
  }

  static const char* page_in(Buffer buffer) { return BufferBlocks + static_cast<Size>(buffer - 1) * BLCKSZ; }

  /// Pins the buffer if it is valid and contains that page of the relation.
  static bool pin(Relation relation, BlockNumber block, Buffer buffer) {
    if (!BufferIsValid(buffer) || RelationUsesLocalBuffers(relation) ||
        !ReadRecentBuffer(storage_of(relation), MAIN_FORKNUM, block, buffer))
      return false;
    pgstat_count_buffer_read(relation);
    pgstat_count_buffer_hit(relation);
    return true;
  }

 private:
  // Unlike ReadBuffer(), ReadRecentBuffer() does not raise the buffer's usage count: without this the most
  // used pages would be evicted first.
  static constexpr uint8 kUsesBetweenReads = 32;

  struct Slot {
    Oid storage;
    BlockNumber block;
    Buffer buffer;
    uint8 uses;  // since the last ReadBuffer()
  };

  static bool pin(Relation relation, BlockNumber block, Slot& slot) {
    return slot.storage == storage_number(relation) && slot.block == block &&
           ++slot.uses < kUsesBetweenReads && pin(relation, block, slot.buffer);
  }

  static Buffer read_anew(Relation relation, BlockNumber block, Slot& slot) {
    slot = {storage_number(relation), block, ReadBuffer(relation, block), 0};
    return slot.buffer;
  }

  static Slot& slot_of(Relation relation, BlockNumber block) {
    return slots.at(hash_combine(murmurhash32(storage_number(relation)), murmurhash32(block)));
  }

  inline static SessionTable<Slot, kRememberedBuffers> slots;
};

}  // namespace tailor
