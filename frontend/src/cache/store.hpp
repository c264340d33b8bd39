#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cache/entry.hpp"
#include "metrics/registry.hpp"

namespace tailor::cache {

/// Entries by key, in a bounded number of bytes: keys and bookkeeping count. In parts with a lock each, so
/// that threads seldom meet. What goes first is chosen by SIEVE (NSDI '24): a use sets a mark and moves
/// nothing, so the lock is held for a look-up alone; and what is asked for once, as most is, goes before what
/// is asked for again, where LRU would let a scan push everything out.
class Store {
 public:
  Store(std::size_t bytes, metrics::Counter& evictions);

  /// The entry, whatever its age; nothing when there is none.
  EntryPtr get(std::string_view key);

  /// Keeps the entry in place of another one of its key. False when it is too large to be kept.
  bool put(const std::string& key, EntryPtr entry);

  struct Status {
    std::size_t bytes;
    std::size_t entries;
  };
  Status status() const;

 private:
  struct Item {
    std::string key;
    EntryPtr entry;
    std::size_t bytes;
    bool used;
  };
  using Items = std::list<Item>;

  struct Shard {
    mutable std::mutex mutex;
    Items items;  // the newest first
    std::unordered_map<std::string_view, Items::iterator> index;
    Items::iterator hand = items.end();  // who is looked at next; from the oldest to the newest
    std::size_t bytes = 0;

    void remove(Items::iterator item);
    void evict_one();
  };

  Shard& shard_of(std::string_view key);

  std::vector<std::unique_ptr<Shard>> shards_;  // their number is a power of two
  const std::size_t shard_bytes_;
  metrics::Counter& evictions_;
};

}  // namespace tailor::cache
