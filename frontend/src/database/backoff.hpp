#pragma once

#include <algorithm>
#include <random>

#include "deadline.hpp"

namespace tailor::database {

/// Between half and all of it, so that what began together does not end together.
inline Seconds jittered(Seconds full) {
  thread_local std::minstd_rand random{std::random_device{}()};
  return full * std::uniform_real_distribution<>(0.5, 1.0)(random);
}

/// How long to wait after so many failures in a row, at least one. Doubles with each; the jitter keeps
/// several front ends from knocking all at once, and the cap serves again within a second of the database's
/// return.
inline Seconds backoff(unsigned failures) {
  constexpr Seconds first{0.05};
  constexpr Seconds longest{0.5};
  return jittered(std::min(longest, first * (1U << std::min(failures - 1, 10U))));
}

}  // namespace tailor::database
