#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>

#include "cache/scope.hpp"

namespace tailor::cache {

/// The latest changes in the database, in the order they were told of. Nothing is searched for when one
/// comes: an answer remembers the position at which its computation began, and who would use it asks whether
/// it is still current. So an answer that was under way when the change came is found out as well.
class Journal {
 public:
  using Position = std::uint64_t;

  /// Keeps so many changes; an answer from before the oldest one is not current, whatever its scope.
  explicit Journal(std::size_t kept = 16384) : kept_(kept) {}

  /// To be called when a notification comes: what the change touches is not used any more.
  void forget_touched(Change change);

  /// To be called when notifications may have been lost: nothing computed before is used any more.
  void forget_all();

  /// The position for an answer whose computation begins now.
  Position now() const { return end_.load(std::memory_order_acquire); }

  /// Whether no change since `position` touches the scope.
  bool current(Position position, const Scope& scope) const;

 private:
  const std::size_t kept_;
  mutable std::mutex mutex_;
  std::deque<Change> changes_;  // the last one is at position end_ - 1
  std::atomic<Position> end_ = 0;
};

}  // namespace tailor::cache
