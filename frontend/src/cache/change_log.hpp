#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>

#include "cache/dependencies.hpp"

namespace tailor::cache {

/// The latest changes in the database, in the order of their notifications. A change is only appended; an
/// answer remembers the position at which its computation began, and is checked against later changes when
/// used. So an answer that was being computed when the change arrived is invalidated too.
class ChangeLog {
 public:
  using Position = std::uint64_t;

  /// Keeps the latest `kept` changes. An answer older than these is not current.
  explicit ChangeLog(std::size_t kept = 16384) : kept_(kept) {}

  /// Records a notified change. Answers that it invalidates are not used any more.
  void append(Change change);

  /// Verifies the changes since the last call by a snapshot taken after their notifications arrived.
  /// PostgreSQL notifies after the commit, so a change whose transaction the snapshot does not see is forged:
  /// then all is flushed, and the result is false.
  bool confirm(const Snapshot& now);

  /// Invalidates all answers computed before this snapshot, by this or another instance.
  void flush(Snapshot now);

  /// Called when notifications may have been lost: invalidates all answers.
  void forget_all();

  /// Called when notifications begin or resume: all changes that this snapshot does not see will be notified.
  /// Invalidates all answers computed here before. `server` identifies the server that notifies.
  void listen_from(Snapshot snapshot, std::string server = {});

  /// The server that notifies; empty while none does.
  std::string server() const;

  /// Whether changes are notified. If not, answers expire by age alone.
  bool listening() const { return listening_.load(std::memory_order_acquire); }

  /// The current position, for an answer whose computation begins now.
  Position now() const { return end_.load(std::memory_order_acquire); }

  /// Notes a position that the primary's write-ahead log has reached.
  void note_log_end(Lsn end) { log_end_.store(end, std::memory_order_relaxed); }
  /// The last one noted; 0: none.
  Lsn log_end() const { return log_end_.load(std::memory_order_relaxed); }

  /// Whether a server that has replayed the write-ahead log up to `replayed` sees the changes before
  /// `position` that invalidate an answer with these dependencies. True while changes are not notified.
  bool has_replayed(Lsn replayed, Position position, const Dependencies& dependencies) const;

  /// Whether no change since `position` invalidates an answer with these dependencies.
  bool current(Position position, const Dependencies& dependencies) const;

  /// The same for an answer of another instance, by the snapshot it was computed in. False unless this
  /// instance has been listening ever since.
  bool current(const Snapshot& snapshot, const Dependencies& dependencies) const;

 private:
  void clear();
  void restart_from(Snapshot now);

  static constexpr std::size_t kMaxBytes = std::size_t{4} << 20U;  // of all changes together

  const std::size_t kept_;
  mutable std::mutex mutex_;
  std::deque<Change> changes_;   // the last one is at position end_ - 1
  std::size_t bytes_ = 0;        // of their texts and points
  std::size_t unconfirmed_ = 0;  // changes since confirm()
  std::atomic<Position> end_ = 0;
  std::atomic<Lsn> log_end_ = 0;
  std::string server_;
  std::optional<Snapshot> since_;        // changes that it does not see were notified
  std::atomic<bool> listening_ = false;  // whether since_ has a value
  Transaction dropped_ = 0;              // the youngest transaction of the changes that were dropped
  Lsn dropped_end_ = 0;                  // the largest log_end of these changes
};

}  // namespace tailor::cache
