#pragma once

#include <array>

#include "metrics/registry.hpp"

namespace tailor::metrics {

/// The route of a request.
enum class Route { search, tailor, other, count };
inline constexpr LabelValues<Route> kRoutes{"search", "tailor", "other"};

/// Counters of requests by route and status.
class RequestCounters {
 public:
  explicit RequestCounters(prometheus::Family<Counter>& family);

  Counter& of(Route route, int status) const;

 private:
  // The status codes in use; any other is counted as the last one.
  static constexpr std::array kStatuses{200, 204, 304, 400, 404, 405, 412, 413, 414,
                                        417, 421, 429, 431, 499, 501, 503, 505, 500};

  std::array<std::array<Counter*, kStatuses.size()>, static_cast<std::size_t>(Route::count)> counters_;
};

}  // namespace tailor::metrics
