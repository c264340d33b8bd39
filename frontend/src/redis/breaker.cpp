#include "redis/breaker.hpp"

#include <algorithm>

#include "base/backoff.hpp"

namespace tailor::redis {

void Breaker::succeeded() {
  *this = Breaker{};
}

void Breaker::failed(Clock::time_point now) {
  if (!open_ && ++failures_ == kFailures) open(now);
}

void Breaker::trial_failed(Clock::time_point now) {
  if (open_) {
    open(now);
  } else {
    failed(now);
  }
}

void Breaker::open(Clock::time_point now) {
  open_ = true;
  pause_ = std::clamp(2 * pause_, kFirst, kLongest);
  next_trial_ = now + std::chrono::duration_cast<Clock::duration>(jittered(pause_));
}

void Breaker::trial_succeeded() {
  if (!open_) return;
  open_ = false;
  failures_ = kFailures - 1;
}

}  // namespace tailor::redis
