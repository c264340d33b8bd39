// Which heap pages hold nothing but rows that everybody sees, so that an index-only read need not look.
#pragma once

#include "src/postgres.hpp"

extern "C" {
#include "access/visibilitymap.h"
#include "storage/bufmgr.h"
#include "storage/predicate.h"
#include "utils/snapmgr.h"
}

namespace tailor {

/// Keeps the pages of the map that it has read pinned: a table of over 256 MB has several, and rows near each
/// other on earth are spread over all of them. release() it when done; an error does, too.
class VisibilityMap {
 public:
  void open(Relation table, Snapshot snapshot) {
    table_ = table;
    snapshot_ = snapshot;
    serializable_ = IsolationIsSerializable();
    for (Pinned& page : pinned_) page = {InvalidBuffer, InvalidBlockNumber, nullptr};
  }

  /// Whether all rows of a heap page are visible. As in an index-only scan, a serializable transaction then
  /// locks the page in place of the row.
  bool all_visible(BlockNumber block) {
    const BlockNumber number = block / kBlocksPerPage;
    Pinned& page = pinned_[number % kPinned];
    const bool visible = page.number == number ? is_set(page.map, block % kBlocksPerPage) : pin(block, page);
    if (visible && serializable_) PredicateLockPage(table_, block, snapshot_);
    return visible;
  }

  void release() {
    for (const Pinned& page : pinned_)
      if (BufferIsValid(page.buffer)) ReleaseBuffer(page.buffer);
  }

 private:
  static constexpr BlockNumber kPinned = 16;
  static constexpr BlockNumber kBlocksPerByte = BITS_PER_BYTE / BITS_PER_HEAPBLOCK;
  static constexpr BlockNumber kBlocksPerPage = (BLCKSZ - MAXALIGN(SizeOfPageHeaderData)) * kBlocksPerByte;

  struct Pinned {
    Buffer buffer;
    BlockNumber number;  // of the map's page
    const uint8* map;
  };

  // Read without a lock, as visibilitymap_get_status() does, but without its call for each entry.
  static bool is_set(const uint8* map, BlockNumber at) {
    const int shift = static_cast<int>(at % kBlocksPerByte) * BITS_PER_HEAPBLOCK;
    return (map[at / kBlocksPerByte] >> shift & VISIBILITYMAP_ALL_VISIBLE) != 0;
  }

  // There may be no such page yet; then nothing is remembered of it.
  bool pin(BlockNumber block, Pinned& page) {
    const bool visible = VM_ALL_VISIBLE(table_, block, &page.buffer);
    if (BufferIsValid(page.buffer)) {
      page.number = block / kBlocksPerPage;
      page.map = reinterpret_cast<const uint8*>(PageGetContents(BufferGetPage(page.buffer)));
    } else {
      page.number = InvalidBlockNumber;
    }
    return visible;
  }

  Relation table_;
  Snapshot snapshot_;
  bool serializable_;
  Pinned pinned_[kPinned];
};

}  // namespace tailor
