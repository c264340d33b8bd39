// Reads the leaf pages of a B-tree forward from a key without the index AM's scan, which checks scan keys for
// each entry and copies more. It follows the rules of nbtree's own scans (see its README):
//
//   A page's entries are read once, under its lock. Entries that a split moves later have been read already.
//   The pin is held until the visibility of the page's entries is known, so that VACUUM cannot reuse their
//   TIDs. The next page is the right link as read under the lock; half-dead and deleted pages are skipped.
//   Entries marked dead are skipped, except in a transaction that began in recovery.
//   A serializable transaction takes a predicate lock on each page read, or on an empty index as a whole.
#pragma once

#include "src/index/place_memory.hpp"
#include "src/index/scan.hpp"

extern "C" {
#include "access/nbtree.h"
#include "utils/snapmgr.h"
}

namespace tailor {

/// The current leaf page and its range of entries, [first, end).
struct Leaf {
  Page page;
  OffsetNumber first, end;
};

/// A position in a B-tree. Call close() when done; an error closes it, too.
class NbtreeCursor {
 public:
  void open(Relation index, Snapshot snapshot);
  void close();

  /// Moves to the first entry whose first column is not before the key, and locks its page. False if the
  /// index is empty.
  bool seek(Datum key, bool null = false);

  /// The same for a number or a text, trying first the place where the key was found last.
  bool seek_number(int64 key);
  bool seek_text(const TextKey& key);
  TextKey text_key(const text* value) const;

  /// Prefetches for seek_text(): first the remembered place, then its page. Called for several keys in turn,
  /// so that their cache misses overlap.
  static void prefetch_place(const TextKey& key) { PlaceMemory::prefetch(key.hash); }
  static void prefetch_entry(const TextKey& key);

  /// Moves to the next page on the right and locks it. False after the last page.
  bool next_leaf();

  /// The entries of the locked page that follow the key; on later pages all entries.
  Leaf leaf() const { return {BufferGetPage(buffer_), first_, end_}; }

  /// Unlocks the page but keeps its pin.
  void unlock() const { LockBuffer(buffer_, BUFFER_LOCK_UNLOCK); }

  /// Releases the pin of an unlocked page.
  void release();

  /// The entry, or nullptr if it is marked dead.
  // From PostgreSQL 16 on PageGetItemId() takes no pointer to const.
  // NOLINTNEXTLINE(readability-non-const-parameter)
  IndexTuple entry(Page page, OffsetNumber offset) const {
    ItemId item = PageGetItemId(page, offset);
    if (skip_dead_ && ItemIdIsDead(item)) return nullptr;
    return reinterpret_cast<IndexTuple>(PageGetItem(page, item));
  }

  /// Whether the locked page's entry has the key of seek_text().
  bool has_text(OffsetNumber offset) const;

 private:
  template <typename IsKey>
  bool seek_remembered(Datum key, uint64 hash, IsKey is_key);
  template <typename IsKey>
  bool recall(OffsetNumber offset, IsKey is_key);
  template <typename IsKey>
  bool seek_behind_left(IsKey is_key);
  bool take_place(OffsetNumber offset);
  void set_key(Datum key, bool null);
  bool is_live_leaf() const;
  Place place_here() const;
  bool descend();
  Buffer find_leaf();
  Buffer lock_page(BlockNumber block);
  Buffer move_right(Buffer buffer);
  void read_leaf();
  OffsetNumber first_not_before(Page page, OffsetNumber low, OffsetNumber high) const;

  Relation index_;
  Snapshot snapshot_;
  BTScanInsert key_;
  bool skip_dead_;
  Buffer buffer_;  // pinned, where valid
  BlockNumber right_;
  OffsetNumber first_, end_;
};

}  // namespace tailor
