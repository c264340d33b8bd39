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

/// Entries by key within a bounded number of bytes, keys and bookkeeping included. Sharded, with a lock for
/// each shard. Evicts by SIEVE (NSDI '24): a hit only sets a mark, so the lock is held for a look-up alone,
/// and entries used once are evicted before entries used again, where LRU would let a scan evict everything.
class Store {
 public:
  Store(std::size_t bytes, metrics::Counter& evictions);

  /// The entry, whatever its age; null if absent.
  EntryPtr get(std::string_view key);

  /// Stores the entry, replacing one with the same key. False when it is too large.
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
    Items items;  // newest first
    std::unordered_map<std::string_view, Items::iterator> index;
    Items::iterator hand = items.end();  // SIEVE's hand: moves from the oldest to the newest
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
