#include "cache/journal.hpp"

#include <algorithm>

namespace tailor::cache {

void Journal::forget_touched(Change change) {
  const std::lock_guard lock(mutex_);
  changes_.push_back(std::move(change));
  if (changes_.size() > kept_) {
    dropped_ = std::max(dropped_, changes_.front().transaction);
    changes_.pop_front();
  }
  end_.fetch_add(1, std::memory_order_release);
}

void Journal::forget_all() {
  const std::lock_guard lock(mutex_);
  listening_ = false;
  clear();
  since_.reset();
}

void Journal::listen_from(Snapshot snapshot) {
  const std::lock_guard lock(mutex_);
  clear();
  since_ = std::move(snapshot);
  listening_ = true;
}

// An empty journal knows nothing of what came before its end.
void Journal::clear() {
  changes_.clear();
  dropped_ = 0;
  end_.fetch_add(1, std::memory_order_release);
}

bool Journal::current(Position position, const Scope& scope) const {
  if (position == now()) return true;
  const std::lock_guard lock(mutex_);
  const Position missed = end_ - position;
  if (missed > changes_.size()) return false;
  return std::none_of(changes_.end() - static_cast<std::ptrdiff_t>(missed), changes_.end(),
                      [&](const Change& change) { return touches(change, scope); });
}

bool Journal::current(const Snapshot& snapshot, const Scope& scope) const {
  const std::lock_guard lock(mutex_);
  if (!since_ || !snapshot.includes(*since_) || dropped_ >= snapshot.xmin) return false;
  return std::ranges::none_of(changes_, [&](const Change& change) {
    return !snapshot.sees(change.transaction) && touches(change, scope);
  });
}

}  // namespace tailor::cache
