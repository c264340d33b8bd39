#include "cache/journal.hpp"

#include <algorithm>

namespace tailor::cache {

void Journal::forget_touched(Change change) {
  const std::lock_guard lock(mutex_);
  changes_.push_back(std::move(change));
  if (changes_.size() > kept_) changes_.pop_front();
  end_.fetch_add(1, std::memory_order_release);
}

// An empty journal knows nothing of what came before its end.
void Journal::forget_all() {
  const std::lock_guard lock(mutex_);
  changes_.clear();
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

}  // namespace tailor::cache
