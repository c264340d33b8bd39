#pragma once

#include <atomic>
#include <functional>

#include "cache/cache.hpp"
#include "database/pool.hpp"
#include "http/server.hpp"

namespace tailor::http {

/// The operator's routes, in plain text: /livez, which is `alive`, /metrics and /readyz[?verbose], which is
/// no longer ready once `stopping`.
Server::Handler admin(const database::Pool& pool, const cache::Cache& cache, metrics::Metrics& metrics,
                      std::function<bool()> alive, const std::atomic<bool>& stopping);

}  // namespace tailor::http
