#pragma once

#include <atomic>
#include <functional>

#include "cache/cache.hpp"
#include "http/server.hpp"
#include "notifications/subscriptions.hpp"
#include "postgres/pool.hpp"

namespace tailor::api {

/// The operator's routes: in plain text /livez, which is `alive`, /metrics and /readyz[?verbose], which is no
/// longer ready once `stopping`; and the status page at `/`, which plots them.
http::Server::Handler admin_routes(const postgres::Pool& pool, const cache::Cache& cache,
                                   const notifications::Subscriptions& subscriptions,
                                   metrics::Metrics& metrics, std::function<bool()> alive,
                                   const std::atomic<bool>& stopping);

}  // namespace tailor::api
