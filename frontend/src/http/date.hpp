#pragma once

#include <ctime>
#include <string>
#include <string_view>

namespace tailor::http {

/// A time as header fields have it (RFC 9110, 5.6.7), in English whatever the locale.
std::string http_date(std::time_t time);

/// The time now; until the thread's next call. Made once a second.
std::string_view current_http_date();

}  // namespace tailor::http
