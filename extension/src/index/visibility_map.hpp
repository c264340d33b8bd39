// Reads the visibility map: rows of all-visible heap pages need no visibility check.
#pragma once

#include "src/index/scan.hpp"

extern "C" {
#include "access/visibilitymap.h"
#include "storage/bufmgr.h"
#include "storage/predicate.h"
#include "utils/snapmgr.h"
}

namespace tailor {

/// Keeps the map's pages pinned: a table over 256 MB has several, and neighbouring rows are spread over all
/// of them. Call release() when done; an error releases them, too.
class VisibilityMap {
 public:
  void open(Relation table, Snapshot snapshot) {
    table_ = table;
    snapshot_ = snapshot;
    serializable_ = IsolationIsSerializable();
    for (Buffer& page : pinned_) page = InvalidBuffer;
  }

  /// Whether all rows of a heap page are visible. As in an index-only scan, a serializable transaction then
  /// takes a predicate lock on the page instead of the row.
  bool all_visible(BlockNumber block) {
    const bool visible = VM_ALL_VISIBLE(table_, block, &pinned_[block / kBlocksPerPage % kPinned]);
    if (visible && serializable_) PredicateLockPage(table_, block, snapshot_);
    return visible;
  }

  /// The same for an entry of the last batch.
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
  // The map page for a heap page. VM_ALL_VISIBLE() replaces it if the guess is wrong.
  static constexpr BlockNumber kBlocksPerPage =
      (BLCKSZ - MAXALIGN(SizeOfPageHeaderData)) * (BITS_PER_BYTE / BITS_PER_HEAPBLOCK);

  Relation table_;
  Snapshot snapshot_;
  bool serializable_;
  Buffer pinned_[kPinned];
};

}  // namespace tailor
