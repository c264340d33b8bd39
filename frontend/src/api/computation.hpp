#pragma once

#include <string>

#include "cache/cache.hpp"
#include "postgres/pool.hpp"

namespace tailor::api {

/// Computes a search's answer by a query, with the dependencies that the cache needs to invalidate it. The
/// answer is the application's JSON, or GeoJSON.
cache::Compute search_computation(postgres::Pool& pool, SearchValues values, bool geojson);

/// The same for the page of one tailor.
cache::Compute tailor_computation(postgres::Pool& pool, std::string id);

}  // namespace tailor::api
