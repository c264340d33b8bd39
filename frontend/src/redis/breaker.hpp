#pragma once

#include "deadline.hpp"

namespace tailor::redis {

/// Whether Redis is worth asking. After three failures in a row it is not (the breaker is open), until a
/// trial succeeds: after a second, then after longer and longer, up to 15, with jitter. What a trial tells is
/// doubted until something is answered: before that, one failure opens it again. Not for two threads at once.
class Breaker {
 public:
  static constexpr int kFailures = 3;
  static constexpr Seconds kFirst{1};
  static constexpr Seconds kLongest{15};

  bool open() const { return open_; }

  /// When to try again, at the earliest.
  Clock::time_point next_trial() const { return next_trial_; }

  void succeeded();
  /// Those that were under way when it opened tell nothing new.
  void failed(Clock::time_point now);
  void trial_succeeded();
  void trial_failed(Clock::time_point now);

 private:
  void open(Clock::time_point now);

  bool open_ = false;
  int failures_ = 0;  // in a row
  Seconds pause_{0};  // the last one
  Clock::time_point next_trial_{};
};

}  // namespace tailor::redis
