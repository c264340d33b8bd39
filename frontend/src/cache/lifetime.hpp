#pragma once

#include "cache/entry.hpp"
#include "deadline.hpp"

namespace tailor::cache {

struct CacheSettings {
  std::size_t bytes = std::size_t{64} << 20U;  // 0: nothing is kept
  Seconds ttl{300};                            // while changes are told of
  Seconds ttl_deaf{5};                         // while they are not
  Seconds stale{30};                           // beyond that, while it is computed again
  Seconds stale_if_error{300};                 // beyond the first, while the database is away
};

/// Gives the entry its times from when it was computed on. `told`: of changes to it will be told here.
void set_times(Entry& entry, const CacheSettings& settings, bool told);

/// Whether this hit is the one that has the entry computed again, as its time is nearly over.
bool soon_old(const Entry& entry, Clock::time_point now);

}  // namespace tailor::cache
