#pragma once

#include <string>

#include "cache/cache.hpp"
#include "postgres/pool.hpp"

namespace tailor::api {

/// The header field with the position of the write-ahead log that a client's own write ended before.
inline constexpr const char* kReadAfter = "Read-After";

/// Computes a search's answer by a query, with the dependencies that the cache needs to invalidate it. The
/// answer is the application's JSON, or GeoJSON. The query is repeated on a standby that has not replayed
/// what the change log has.
cache::Compute search_computation(postgres::Pool& pool, const cache::ChangeLog& change_log,
                                  SearchValues values, bool geojson);

/// The same for the page of one tailor.
cache::Compute tailor_computation(postgres::Pool& pool, const cache::ChangeLog& change_log, std::string id);

/// A search's answer as JSON by an engine of the extension, `auto` or `sql`, however often it was asked for.
cache::Computed search_by_engine(postgres::Pool& pool, const std::string& engine, const SearchValues& values,
                                 RequestContext& context);

}  // namespace tailor::api
