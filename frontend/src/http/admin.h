#pragma once

#include "database/pool.h"
#include "http/server.h"

namespace tailor::http {

/// The operator's routes, in plain text: /livez and /readyz[?verbose].
Server::Handler admin(const database::Pool& pool);

}  // namespace tailor::http
