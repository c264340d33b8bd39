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
    for (Buffer& buffer : pinned_) buffer = InvalidBuffer;
  }

  /// Whether all rows of a heap page are visible. As in an index-only scan, a serializable transaction then
  /// locks the page in place of the row.
  bool all_visible(BlockNumber block) {
    if (!VM_ALL_VISIBLE(table_, block, &pinned_[block / kBlocksPerMapPage % kPinned])) return false;
    PredicateLockPage(table_, block, snapshot_);
    return true;
  }

  void release() {
    for (Buffer& buffer : pinned_)
      if (BufferIsValid(buffer)) ReleaseBuffer(buffer);
  }

 private:
  static constexpr BlockNumber kPinned = 16;
  static constexpr BlockNumber kBlocksPerMapPage =  // two bits a block
      (BLCKSZ - MAXALIGN(SizeOfPageHeaderData)) * 4;

  Relation table_;
  Snapshot snapshot_;
  Buffer pinned_[kPinned];
};

}  // namespace tailor
