#pragma once

#include "database/pool.hpp"
#include "http/server.hpp"

namespace tailor::http {

/// The public routes: GET /api/tailors and GET /api/tailors/{id}. One log line a request.
Server::Handler api(database::Pool& pool);

}  // namespace tailor::http
