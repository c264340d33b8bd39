#pragma once

#include "cache/cache.hpp"
#include "database/pool.hpp"
#include "http/cache_control.hpp"
#include "http/server.hpp"
#include "live.hpp"

namespace tailor::http {

/// What can change while it serves.
struct ApiSettings {
  ApiSettings(Seconds timeout, const ClientCaching& caching, double snap)
      : request_timeout(timeout), cache_control(caching), snap_km(snap) {}

  Seconds request_timeout;
  CacheControl cache_control;
  double snap_km;  // 0: positions are searched as they are given
};

/// The public routes: GET /api/tailors and GET /api/tailors/{id}, from the cache or the pool. Waits no
/// longer than `request_timeout`, and not for a client that has left. Every request is recorded.
Server::Handler api(database::Pool& pool, cache::Cache& cache, const Live<ApiSettings>& live,
                    metrics::Metrics& metrics);

}  // namespace tailor::http
