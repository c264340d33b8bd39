#pragma once

#include <algorithm>
#include <random>

#include "base/deadline.hpp"

namespace tailor {

/// A random duration between half of it and all of it, so that simultaneous waits do not end together.
inline Seconds jittered(Seconds full) {
  thread_local std::minstd_rand random{std::random_device{}()};
  return full * std::uniform_real_distribution<>(0.5, 1.0)(random);
}

/// The pause after this number of failures in a row (at least one). It doubles with each failure. The jitter
/// spreads the attempts of several front ends; the cap bounds the delay after the database's return to a
/// second.
inline Seconds backoff(unsigned failures) {
  constexpr Seconds first{0.05};
  constexpr Seconds longest{0.5};
  return jittered(std::min(longest, first * (1U << std::min(failures - 1, 10U))));
}

}  // namespace tailor
