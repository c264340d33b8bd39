// Which heap pages hold nothing but rows that everybody sees, so that an index-only read need not look.
#pragma once

#include "src/index/scan.hpp"

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
    for (Buffer& page : pinned_) page = InvalidBuffer;
  }

  /// Whether all rows of a heap page are visible. As in an index-only scan, a serializable transaction then
  /// locks the page in place of the row.
  bool all_visible(BlockNumber block) {
    const bool visible = VM_ALL_VISIBLE(table_, block, &pinned_[block / kBlocksPerPage % kPinned]);
    if (visible && serializable_) PredicateLockPage(table_, block, snapshot_);
    return visible;
  }

  /// The same for an entry of the batch that was read last.
  bool all_visible(const IndexEntry& entry) {
    if (entry.visibility == Visibility::unchecked)
      return all_visible(ItemPointerGetBlockNumber(&entry.place));
    return entry.visibility == Visibility::all_visible;
  }

  void release() {
    for (const Buffer page : pinned_)
      if (BufferIsValid(page)) ReleaseBuffer(page);
  }

 private:
  static constexpr std::size_t kPinned = 16;
  // Of the heap, for a page of the map. VM_ALL_VISIBLE() takes another page where this guess were wrong.
  static constexpr BlockNumber kBlocksPerPage =
      (BLCKSZ - MAXALIGN(SizeOfPageHeaderData)) * (BITS_PER_BYTE / BITS_PER_HEAPBLOCK);

  Relation table_;
  Snapshot snapshot_;
  bool serializable_;
  Buffer pinned_[kPinned];
};

}  // namespace tailor
