#pragma once

#include "api/static_files.hpp"
#include "base/live.hpp"
#include "cache/cache.hpp"
#include "http/cache_control.hpp"
#include "http/cors.hpp"
#include "http/server.hpp"
#include "postgres/pool.hpp"

namespace tailor::api {

/// Settings that can change while the server runs.
struct ApiSettings {
  ApiSettings(Seconds timeout, const http::ClientCaching& caching, http::Cors origins, double snap)
      : request_timeout(timeout), cache_control(caching), cors(std::move(origins)), snap_km(snap) {}

  Seconds request_timeout;
  http::CacheControl cache_control;
  http::Cors cors;
  double snap_km;  // 0: positions are not snapped
};

/// The public routes, GET /api/tailors and GET /api/tailors/{id}, answered from the cache or the database,
/// and the explorer's `files` if there are some. A request waits at most `request_timeout`, and stops when
/// its client leaves. Every request is recorded.
http::Server::Handler public_routes(postgres::Pool& pool, cache::Cache& cache, const Live<ApiSettings>& live,
                                    metrics::Metrics& metrics, const StaticFiles* files = nullptr);

}  // namespace tailor::api
