#pragma once

#include "base/deadline.hpp"
#include "cache/entry.hpp"

namespace tailor::cache {

struct CacheSettings {
  std::size_t bytes = std::size_t{64} << 20U;  // 0: no cache
  Seconds ttl{300};                            // while changes are notified
  Seconds ttl_without_notifications{5};        // while they are not
  Seconds stale{30};                           // after that, while the answer is computed again
  Seconds stale_if_error{300};                 // after the time to live, while the database is away
};

/// Sets the entry's expiry times, counted from its computation. `notified`: its changes are notified here.
void set_times(Entry& entry, const CacheSettings& settings, bool notified);

/// Whether this hit shall refresh the entry before it expires. Random.
bool should_refresh_early(const Entry& entry, Clock::time_point now);

}  // namespace tailor::cache
