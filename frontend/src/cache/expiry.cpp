#include "cache/expiry.hpp"

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

void set_times(Entry& entry, const CacheSettings& settings, bool notified) {
  const double share = random_in(0.9, 1);
  entry.fresh_until =
      entry.computed + ticks((notified ? settings.ttl : settings.ttl_without_notifications) * share);
  entry.stale_until = entry.error_until = entry.fresh_until;
  if (!entry.found()) return;
  entry.stale_until +=
      ticks(notified ? settings.stale : std::min(settings.stale, settings.ttl_without_notifications));
  // Counts from the time to live at its computation, even if notifications have stopped since.
  entry.error_until =
      entry.computed + ticks((entry.notified ? settings.ttl : settings.ttl_without_notifications) * share +
                             settings.stale_if_error);
}

// XFetch (VLDB 2015): the probability of an early refresh grows towards the end of the lifetime and with the
// cost of the computation, so that one of many hits refreshes the entry just in time.
bool should_refresh_early(const Entry& entry, Clock::time_point now) {
  constexpr int unlikely = 32;  // bound of the random logarithm
  const Clock::duration left = entry.fresh_until - now;
  if (left > unlikely * entry.cost) return false;
  return Seconds{left} < Seconds{entry.cost} * -std::log(random_in(1e-12, 1));
}

}  // namespace tailor::cache
