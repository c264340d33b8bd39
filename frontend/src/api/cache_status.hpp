#pragma once

#include <string>

#include "cache/cache.hpp"

namespace tailor::api {

/// The value of Cache-Status (RFC 9211): where the answer comes from.
std::string cache_status(const cache::Served& served);

}  // namespace tailor::api
