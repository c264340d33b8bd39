#pragma once

#include <string>

#include "cache/cache.hpp"

namespace tailor::http {

/// The Cache-Status field (RFC 9211): where the answer comes from.
std::string cache_status(const cache::Served& served);

}  // namespace tailor::http
