// Reads the leaf pages of a B-tree forward from a key, without the index AM's scan: no scan keys to check
// entry by entry, and copied is what the caller wants. The rules are those of nbtree's own scans (its
// README):
//
//   A page's entries are read under its lock, once. Entries that a split moves later are already read.
//   The pin stays until the visibility of the page's entries is settled, so that VACUUM cannot hand their
//   places to other rows meanwhile.
//   The next page is the right link as it was under the lock; half-dead and deleted pages are stepped over.
//   Entries known as dead are left out, except in a transaction that began in recovery.
//   A serializable transaction locks each page that it has read, or all of an empty index.
#pragma once

#include "src/index/place_memory.hpp"
#include "src/index/scan.hpp"

extern "C" {
#include "access/nbtree.h"
#include "utils/snapmgr.h"
}

namespace tailor {

/// The leaf page that is read now, and which of its entries: [first, end).
struct Leaf {
  Page page;
  OffsetNumber first, end;
};

/// A position in a B-tree. close() it when done; an error closes it, too.
class NbtreeCursor {
 public:
  void open(Relation index, Snapshot snapshot);
  void close();

  /// Goes to the first entry whose first column is not before the key, and locks its page. False: there is no
  /// page at all.
  bool seek(Datum key, bool null = false);

  /// The same for a number or a text, starting at the place where the key was found last, if it is still
  /// there.
  bool seek_number(int64 key);
  bool seek_text(const TextKey& key);
  TextKey text_key(const text* value) const;

  /// Prefetches what seek_text() will read: first the remembered place, then the page that it names. Called
  /// for several keys in turn, so that their cache misses overlap.
  static void prefetch_place(const TextKey& key) { PlaceMemory::prefetch(key.hash); }
  static void prefetch_entry(const TextKey& key);

  /// Goes right, to the next page, and locks it. False behind the last one.
  bool next_leaf();

  /// The locked page's entries; from the second page on all of them.
  Leaf leaf() const { return {BufferGetPage(buffer_), first_, end_}; }

  /// Unlocks the page but keeps its pin.
  void unlock() const { LockBuffer(buffer_, BUFFER_LOCK_UNLOCK); }

  /// Lets go of an unlocked page.
  void release();

  /// The entry, or nullptr when it is known as dead.
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
