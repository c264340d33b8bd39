#pragma once

#include <atomic>

#include "deadline.hpp"

namespace tailor::http {

/// Whether the loop that accepts connections goes round: at least once in each `idle`, but while all threads
/// serve and none can give way. Then it waits, for no longer than a request may take.
class AcceptPulse {
 public:
  explicit AcceptPulse(Seconds idle) : idle_(idle) {}

  void beat() { last_ = Clock::now(); }
  void set_full(bool full) { full_ = full; }

  bool beats(Seconds longest_request) const {
    return Clock::now() - last_.load() < (full_ ? longest_request + kSpare : 3 * idle_);
  }

 private:
  static constexpr Seconds kSpare{10};  // reading a request, cancelling its query, sending its answer

  const Seconds idle_;
  std::atomic<Clock::time_point> last_ = Clock::time_point::max();  // it has not begun
  std::atomic<bool> full_ = false;
};

}  // namespace tailor::http
