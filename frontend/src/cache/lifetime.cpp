#include "cache/lifetime.hpp"

#include <algorithm>
#include <cmath>
#include <random>

namespace tailor::cache {
namespace {

double random_in(double low, double high) {
  thread_local std::minstd_rand random{std::random_device{}()};
  return std::uniform_real_distribution<>(low, high)(random);
}

Clock::duration ticks(Seconds seconds) {
  return std::chrono::duration_cast<Clock::duration>(seconds);
}

}  // namespace

void set_times(Entry& entry, const CacheSettings& settings, bool told) {
  const double share = random_in(0.9, 1);
  entry.fresh_until = entry.computed + ticks((told ? settings.ttl : settings.ttl_deaf) * share);
  entry.stale_until = entry.error_until = entry.fresh_until;
  if (!entry.found()) return;
  entry.stale_until += ticks(told ? settings.stale : std::min(settings.stale, settings.ttl_deaf));
  // How long it was good when it was computed is what counts, though nobody may tell of changes since.
  entry.error_until = entry.computed + ticks((entry.told ? settings.ttl : settings.ttl_deaf) * share +
                                             settings.stale_if_error);
}

// XFetch (VLDB 2015): the nearer the end, and the longer it takes to compute, the likelier it is that this
// hit is the one that has it computed again. So of many hits one comes just in time.
bool soon_old(const Entry& entry, Clock::time_point now) {
  constexpr int unlikely = 32;  // that the logarithm is beyond it
  const Clock::duration left = entry.fresh_until - now;
  if (left > unlikely * entry.cost) return false;
  return Seconds{left} < Seconds{entry.cost} * -std::log(random_in(1e-12, 1));
}

}  // namespace tailor::cache
