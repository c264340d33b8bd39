#pragma once

#include "cache/cache.hpp"
#include "database/pool.hpp"
#include "http/cache_control.hpp"
#include "http/server.hpp"

namespace tailor::http {

/// The public routes: GET /api/tailors and GET /api/tailors/{id}, from the cache or the pool. Waits no
/// longer than `request_timeout`, and not for a client that has left. Every request is recorded.
Server::Handler api(database::Pool& pool, cache::Cache& cache, Seconds request_timeout,
                    const ClientCaching& caching, metrics::Metrics& metrics);

}  // namespace tailor::http
