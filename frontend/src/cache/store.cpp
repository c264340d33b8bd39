#include "cache/store.hpp"

#include <algorithm>
#include <bit>
#include <functional>
#include <iterator>

namespace tailor::cache {
namespace {

// The smallest shard must hold the largest page.
constexpr std::size_t kLeastShard = std::size_t{1} << 20;
constexpr std::size_t kMostShards = 64;

// Memory that containers, allocator and shared pointer need for an item, in addition to the item.
constexpr std::size_t kOverhead = 160;

std::size_t number_of_shards(std::size_t bytes) {
  return std::bit_floor(std::clamp(bytes / kLeastShard, std::size_t{1}, kMostShards));
}

}  // namespace

Store::Store(std::size_t bytes, metrics::Counter& evictions)
    : shard_bytes_(bytes / number_of_shards(bytes)), evictions_(evictions) {
  for (std::size_t i = 0; i < number_of_shards(bytes); ++i) shards_.push_back(std::make_unique<Shard>());
}

EntryPtr Store::get(std::string_view key) {
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.index.find(key);
  if (found == shard.index.end()) return nullptr;
  found->second->used = true;
  return found->second->entry;
}

bool Store::put(const std::string& key, EntryPtr entry) {
  const std::size_t bytes = sizeof(Item) + kOverhead + key.size() + entry->bytes();
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  const auto old = shard.index.find(key);
  const bool used = old != shard.index.end() && old->second->used;
  if (old != shard.index.end()) shard.remove(old->second);
  if (bytes > shard_bytes_) return false;
  while (shard.bytes + bytes > shard_bytes_) {
    shard.evict_one();
    evictions_.Increment();
  }
  shard.items.push_front({key, std::move(entry), bytes, used});
  shard.index.emplace(shard.items.front().key, shard.items.begin());
  shard.bytes += bytes;
  return true;
}

Store::Status Store::status() const {
  Status sum{0, 0};
  for (const auto& shard : shards_) {
    const std::lock_guard lock(shard->mutex);
    sum.bytes += shard->bytes;
    sum.entries += shard->items.size();
  }
  return sum;
}

// Chosen by the upper half of the hash, because the index uses the lower half.
Store::Shard& Store::shard_of(std::string_view key) {
  return *shards_[(std::hash<std::string_view>{}(key) >> 32U) & (shards_.size() - 1)];
}

void Store::Shard::remove(Items::iterator item) {
  if (hand == item) hand = item == items.begin() ? items.end() : std::prev(item);
  bytes -= item->bytes;
  index.erase(item->key);
  items.erase(item);
}

void Store::Shard::evict_one() {
  if (hand == items.end()) hand = std::prev(items.end());
  while (hand->used) {
    hand->used = false;
    hand = std::prev(hand == items.begin() ? items.end() : hand);
  }
  remove(hand);
}

}  // namespace tailor::cache
