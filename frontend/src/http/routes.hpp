#pragma once

#include "database/pool.hpp"
#include "http/cache_control.hpp"
#include "http/server.hpp"

namespace tailor::http {

/// The public routes: GET /api/tailors and GET /api/tailors/{id}. Every request is recorded.
Server::Handler api(database::Pool& pool, const ClientCaching& caching, metrics::Metrics& metrics);

}  // namespace tailor::http
