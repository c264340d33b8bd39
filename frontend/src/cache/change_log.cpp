#include "cache/change_log.hpp"

#include <algorithm>

namespace tailor::cache {

namespace {

std::size_t bytes_of(const Change& change) {
  return change.tailor.size() + change.user.size() + change.points.size() * sizeof(Point);
}

}  // namespace

void ChangeLog::append(Change change) {
  const std::lock_guard lock(mutex_);
  bytes_ += bytes_of(change);
  changes_.push_back(std::move(change));
  while (changes_.size() > kept_ || bytes_ > kMaxBytes) {
    dropped_ = std::max(dropped_, changes_.front().transaction);
    dropped_end_ = std::max(dropped_end_, changes_.front().log_end);
    bytes_ -= bytes_of(changes_.front());
    changes_.pop_front();
  }
  end_.fetch_add(1, std::memory_order_release);
  ++unconfirmed_;
}

bool ChangeLog::confirm(const Snapshot& now) {
  const std::lock_guard lock(mutex_);
  const auto first = changes_.end() - static_cast<std::ptrdiff_t>(std::min(unconfirmed_, changes_.size()));
  const bool all = now.sees(dropped_) && std::all_of(first, changes_.end(), [&](const Change& change) {
                     return now.sees(change.transaction);
                   });
  std::for_each(first, changes_.end(), [&](Change& change) { change.log_end = now.log_end; });
  if (dropped_end_ == kNoLsn) dropped_end_ = now.log_end;
  unconfirmed_ = 0;
  if (!all) restart_from(now);
  return all;
}

void ChangeLog::flush(Snapshot now) {
  const std::lock_guard lock(mutex_);
  restart_from(std::move(now));
}

void ChangeLog::restart_from(Snapshot now) {
  clear();
  if (listening_) since_ = std::move(now);
}

void ChangeLog::forget_all() {
  const std::lock_guard lock(mutex_);
  listening_ = false;
  server_.clear();
  clear();
  since_.reset();
}

std::string ChangeLog::server() const {
  const std::lock_guard lock(mutex_);
  return server_;
}

void ChangeLog::listen_from(Snapshot snapshot, std::string server) {
  const std::lock_guard lock(mutex_);
  server_ = std::move(server);
  clear();
  since_ = std::move(snapshot);
  listening_ = true;
}

// Positions before the end of an empty log are not current.
void ChangeLog::clear() {
  changes_.clear();
  bytes_ = 0;
  unconfirmed_ = 0;
  dropped_ = 0;
  dropped_end_ = 0;
  end_.fetch_add(1, std::memory_order_release);
}

// The changes' positions in the write-ahead log ascend.
bool ChangeLog::has_replayed(Lsn replayed, Position position, const Dependencies& dependencies) const {
  if (replayed == kNoLsn) return true;
  const std::lock_guard lock(mutex_);
  if (!since_) return true;
  if (replayed < since_->log_end || replayed < dropped_end_) return false;
  const auto later = static_cast<std::size_t>(std::min<Position>(end_ - position, changes_.size()));
  const auto last = changes_.end() - static_cast<std::ptrdiff_t>(later);
  const auto first = std::partition_point(changes_.begin(), last,
                                          [&](const Change& change) { return change.log_end <= replayed; });
  return std::none_of(first, last, [&](const Change& change) { return invalidates(change, dependencies); });
}

bool ChangeLog::current(Position position, const Dependencies& dependencies) const {
  if (position == now()) return true;
  const std::lock_guard lock(mutex_);
  const Position missed = end_ - position;
  if (missed > changes_.size()) return false;
  return std::none_of(changes_.end() - static_cast<std::ptrdiff_t>(missed), changes_.end(),
                      [&](const Change& change) { return invalidates(change, dependencies); });
}

bool ChangeLog::current(const Snapshot& snapshot, const Dependencies& dependencies) const {
  const std::lock_guard lock(mutex_);
  if (!since_ || !snapshot.includes(*since_) || dropped_ >= snapshot.xmin) return false;
  return std::ranges::none_of(changes_, [&](const Change& change) {
    return !snapshot.sees(change.transaction) && invalidates(change, dependencies);
  });
}

}  // namespace tailor::cache
