// Reads pages by remembering the buffers that held them: PostgreSQL's own way to a page that is in memory,
// its buffer mapping table, costs several cache misses, which was a fifth of a search.
#pragma once

#include "src/postgres.hpp"

extern "C" {
#include "common/hashfn.h"
#include "pgstat.h"
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
#if PG_VERSION_NUM >= 140000
    if (RelationUsesLocalBuffers(relation)) return ReadBuffer(relation, block);
    if (slots == nullptr)
      slots = static_cast<Slot*>(MemoryContextAllocZero(TopMemoryContext, kSlots * sizeof(Slot)));
    const Oid storage = storage_number(relation);
    Slot& slot = slots[hash_combine(murmurhash32(storage), murmurhash32(block)) % kSlots];
    if (slot.storage == storage && slot.block == block && ++slot.uses % kUsesUnseen != 0 &&
        ReadRecentBuffer(storage_of(relation), MAIN_FORKNUM, block, slot.buffer)) {
      pgstat_count_buffer_read(relation);
      pgstat_count_buffer_hit(relation);
      return slot.buffer;
    }
    slot = {storage, block, ReadBuffer(relation, block), 0};
    return slot.buffer;
#else
    return ReadBuffer(relation, block);
#endif
  }

 private:
  // ReadRecentBuffer() does not tell the clock sweep that a page is in use; ReadBuffer() does.
  static constexpr uint32 kUsesUnseen = 8;

  struct Slot {
    Oid storage;
    BlockNumber block;
    Buffer buffer;
    uint32 uses;
  };

  static constexpr std::size_t kSlots = 1 << 16;  // 1 MiB
  inline static Slot* slots = nullptr;
};

}  // namespace tailor
