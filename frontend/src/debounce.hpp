#pragma once

#include <cstdint>
#include <mutex>
#include <utility>

#include "deadline.hpp"

namespace tailor {

/// Lets a few events a second through to the log, and counts the others.
class Debounce {
 public:
  static constexpr int kEachSecond = 10;

  /// Whether this one may be told of.
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

  /// How many were not told of since this was asked last.
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
