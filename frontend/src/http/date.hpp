#pragma once

#include <ctime>
#include <string>

namespace tailor::http {

/// A time as header fields have it (RFC 9110, 5.6.7), in English whatever the locale.
std::string http_date(std::time_t time);

}  // namespace tailor::http
