#pragma once

#include "base/deadline.hpp"

namespace tailor::redis {

/// A circuit breaker. Three failures in a row open it, until a trial succeeds: after one second, then with
/// growing pauses up to 15 s, with jitter. After a successful trial one failure opens it again, until a
/// request succeeds. Not thread-safe.
class Breaker {
 public:
  static constexpr int kFailures = 3;
  static constexpr Seconds kFirst{1};
  static constexpr Seconds kLongest{15};

  bool open() const { return open_; }

  /// The earliest time of the next trial.
  Clock::time_point next_trial() const { return next_trial_; }

  void succeeded();
  /// Results of requests that were in flight when it opened are ignored.
  void failed(Clock::time_point now);
  void trial_succeeded();
  void trial_failed(Clock::time_point now);

 private:
  void open(Clock::time_point now);

  bool open_ = false;
  int failures_ = 0;  // in a row
  Seconds pause_{0};  // before the last trial
  Clock::time_point next_trial_{};
};

}  // namespace tailor::redis
