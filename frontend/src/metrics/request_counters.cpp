#include "metrics/request_counters.hpp"

#include <algorithm>

namespace tailor::metrics {

RequestCounters::RequestCounters(prometheus::Family<Counter>& family) {
  for (std::size_t route = 0; route < counters_.size(); ++route) {
    for (std::size_t i = 0; i < kStatuses.size(); ++i) {
      counters_[route][i] =
          &family.Add({{"route", kRoutes[route]}, {"status", std::to_string(kStatuses[i])}});
    }
  }
}

Counter& RequestCounters::of(Route route, int status) const {
  const auto* const last = kStatuses.end() - 1;
  const auto* const found = std::find(kStatuses.begin(), last, status);
  return *counters_[static_cast<std::size_t>(route)][static_cast<std::size_t>(found - kStatuses.begin())];
}

}  // namespace tailor::metrics
