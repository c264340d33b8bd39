#pragma once

#include "database/pool.hpp"
#include "http/server.hpp"

namespace tailor::http {

/// The operator's routes, in plain text: /livez, /readyz[?verbose] and /metrics.
Server::Handler admin(const database::Pool& pool, metrics::Metrics& metrics);

}  // namespace tailor::http
