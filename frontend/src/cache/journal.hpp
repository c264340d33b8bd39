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

  /// Checks the changes since the last call by a snapshot that was taken after their notifications came. A
  /// notification comes after its commit, so one whose transaction the snapshot does not see is forged: then
  /// false, and flush() in its place.
  bool confirm(const Snapshot& now);

  /// Nothing is used any more that was computed before this snapshot, by this or by another instance.
  void flush(Snapshot now);

  /// To be called when notifications may have been lost: nothing computed before is used any more.
  void forget_all();

  /// To be called when notifications begin, or begin again: of all changes that this snapshot does not see
  /// will be told. Nothing computed here before is used any more.
  void listen_from(Snapshot snapshot);

  /// Whether changes are told of; if not, only time tells what is old.
  bool listening() const { return listening_.load(std::memory_order_acquire); }

  /// The position for an answer whose computation begins now.
  Position now() const { return end_.load(std::memory_order_acquire); }

  /// Whether no change since `position` touches the scope.
  bool current(Position position, const Scope& scope) const;

  /// The same for an answer of another instance's, by the snapshot that it was computed in. False where
  /// this instance was not listening all the time since then.
  bool current(const Snapshot& snapshot, const Scope& scope) const;

 private:
  void clear();
  void restart_from(Snapshot now);

  static constexpr std::size_t kMaxBytes = std::size_t{4} << 20U;  // of the changes' texts

  const std::size_t kept_;
  mutable std::mutex mutex_;
  std::deque<Change> changes_;   // the last one is at position end_ - 1
  std::size_t bytes_ = 0;        // of their texts and places
  std::size_t unconfirmed_ = 0;  // changes since confirm()
  std::atomic<Position> end_ = 0;
  std::optional<Snapshot> since_;        // what it saw was not told of, all after was
  std::atomic<bool> listening_ = false;  // whether since_ is there
  Transaction dropped_ = 0;  // the youngest transaction among the changes that are not kept any more
};

}  // namespace tailor::cache
