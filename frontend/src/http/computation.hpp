#pragma once

#include <string>

#include "cache/cache.hpp"
#include "database/pool.hpp"

namespace tailor::http {

/// What answers a search: a query, and what the cache must know to tell when its answer is not current.
cache::Compute search_computation(database::Pool& pool, SearchValues values);

/// The same for one tailor.
cache::Compute tailor_computation(database::Pool& pool, std::string id);

}  // namespace tailor::http
