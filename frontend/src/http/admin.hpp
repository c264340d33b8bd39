#pragma once

#include "database/pool.hpp"
#include "http/server.hpp"

namespace tailor::http {

/// The operator's routes, in plain text: /livez and /readyz[?verbose].
Server::Handler admin(const database::Pool& pool);

}  // namespace tailor::http
