#pragma once

#include <chrono>

namespace tailor {

using Clock = std::chrono::steady_clock;
using Deadline = Clock::time_point;
using Seconds = std::chrono::duration<double>;

inline Deadline after(Seconds seconds, Clock::time_point start = Clock::now()) {
  return start + std::chrono::duration_cast<Clock::duration>(seconds);
}

inline double milliseconds(Seconds seconds) {
  return std::chrono::duration<double, std::milli>(seconds).count();
}

/// Milliseconds left, rounded up so that poll() never spins; 0 when the deadline has passed.
inline int milliseconds_until(Deadline deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return left > 0 ? static_cast<int>(left) : 0;
}

}  // namespace tailor
