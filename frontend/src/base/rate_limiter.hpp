#pragma once

#include <cstdint>
#include <mutex>
#include <utility>

#include "base/deadline.hpp"

namespace tailor {

/// Admits a few log lines a second and counts the suppressed ones.
class RateLimiter {
 public:
  static constexpr int kEachSecond = 10;

  /// Whether this event may be logged.
  bool admit() {
    const std::lock_guard lock(mutex_);
    const auto now = Clock::now();
    if (now >= window_end_) {
      window_end_ = now + std::chrono::seconds{1};
      left_ = kEachSecond;
    }
    if (left_ > 0) return left_-- > 0;
    ++suppressed_;
    return false;
  }

  /// The number of events suppressed since the last call.
  std::uint64_t take_suppressed() {
    const std::lock_guard lock(mutex_);
    return std::exchange(suppressed_, 0);
  }

 private:
  std::mutex mutex_;
  Clock::time_point window_end_{};
  int left_ = 0;
  std::uint64_t suppressed_ = 0;
};

}  // namespace tailor
