// The interface to an index and the visibility of its rows. Two classes implement it: am_scan.cpp through
// PostgreSQL's public access methods, nbtree_scan.cpp by reading the pages of a B-tree.
#pragma once

#include "src/postgres.hpp"

extern "C" {
#include "access/genam.h"
#include "access/itup.h"
#include "storage/itemptr.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
}

namespace tailor {

/// What a scan knows about a row's visibility without reading the row.
enum class Visibility : uint8 {
  unchecked,    // the visibility map must be checked before the next batch is read
  all_visible,  // to every transaction
  unknown       // the row decides
};

/// An entry of an index.
struct IndexEntry {
  IndexTuple tuple;       // nullptr where no columns were asked for
  ItemPointerData place;  // its row's TID
  Visibility visibility;
};

/// The largest batch. Posting lists of one page refer to several rows each.
inline constexpr int kMaxBatch = BLCKSZ / sizeof(ItemPointerData);

/// Entries in index order, allocated in the memory context of its creation.
class EntryBatch {
 public:
  explicit EntryBatch(int room);

  int size() const { return size_; }
  const IndexEntry& operator[](int i) const { return entries_[i]; }

  /// After seek_numbers(): the entries' first columns, in the same order.
  const int64* numbers() const { return numbers_; }

  void clear() { size_ = 0; }
  void add(const IndexEntry& entry, int64 number = 0) {
    if (size_ == room_) grow();
    numbers_[size_] = number;
    entries_[size_++] = entry;
  }

 private:
  void grow();

  int size_ = 0, room_;
  IndexEntry* entries_;
  int64* numbers_;
};

/// A text key for the first column of an index.
struct TextKey {
  const text* value;
  uint64 hash;  // under which nbtree_scan.cpp remembers its place
};

/// The parameters of a scan.
struct ScanTarget {
  Relation table;
  Oid index;
  Snapshot snapshot;
  bool with_columns;  // whether entries come with their tuples
};

/// Reads entries of a B-tree index. It may omit entries of rows that no snapshot can see, and no others. Call
/// close() when done; an error closes it, too.
class IndexScan {
 public:
  /// Starts at the entries whose first column, an int8, is within the inclusive bounds. Their tuples live
  /// until the next batch.
  virtual void seek_numbers(int64 first, int64 last) = 0;
  /// Starts at the entries whose first column is NULL. Their tuples live until the next batch.
  virtual void seek_nulls() = 0;
  /// Starts at the entries whose first column is this text. Their tuples live as long as the current memory
  /// context.
  virtual void seek_text(const TextKey& key) = 0;

  /// Replaces the batch by the next entries. False if none are left. A new seek may follow at any time.
  virtual bool next(EntryBatch& batch) = 0;

  virtual TextKey text_key(const text* value) const { return {value, 0}; }
  /// Prefetches for seek_text() in two steps, each called for several keys in turn, so that their cache
  /// misses overlap.
  virtual void prefetch_place(const TextKey&) const {}
  virtual void prefetch_entry(const TextKey&) const {}

  virtual void close() = 0;

  Relation index() const { return index_; }

 protected:
  ~IndexScan() = default;
  explicit IndexScan(const ScanTarget& target)
      : index_(index_open(target.index, AccessShareLock)), target_(target) {}

  Relation index_;
  ScanTarget target_;
};

/// Whether tailor_search.index_access chooses nbtree_scan.cpp.
bool reads_nbtree_pages();

/// Opens a scan in the current memory context, of the kind that tailor_search.index_access chooses.
IndexScan* open_index_scan(const ScanTarget& target);

}  // namespace tailor
