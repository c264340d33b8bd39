#pragma once

#include <string_view>

#include "redis/connection.hpp"

namespace tailor::config {

/// Parses redis://user:password@host:port/database or unix://user:password@/path?db=database. Throws Error,
/// whose message contains none of the URL's values.
redis::Address parse_redis_url(std::string_view given);

}  // namespace tailor::config
