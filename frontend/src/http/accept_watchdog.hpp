#pragma once

#include <atomic>

#include "base/deadline.hpp"

namespace tailor::http {

/// Whether the accept loop is responsive: it makes a round at least every `idle`. While all connections are
/// serving requests and none can be evicted, it may wait as long as a request may take.
class AcceptWatchdog {
 public:
  explicit AcceptWatchdog(Seconds idle) : idle_(idle) {}

  void beat() { last_ = Clock::now(); }
  void set_full(bool full) { full_ = full; }

  bool is_responsive(Seconds longest_request) const {
    return Clock::now() - last_.load() < (full_ ? longest_request + kSpare : 3 * idle_);
  }

 private:
  static constexpr Seconds kSpare{10};  // reading a request, cancelling its query, sending its answer

  const Seconds idle_;
  std::atomic<Clock::time_point> last_ = Clock::time_point::max();  // before the first round
  std::atomic<bool> full_ = false;
};

}  // namespace tailor::http
