#pragma once

#include <ctime>
#include <string>
#include <string_view>

namespace tailor::http {

/// A time as a header field's HTTP-date (RFC 9110, 5.6.7), independent of the locale.
std::string http_date(std::time_t time);

/// The current time, formatted once a second. Valid until the thread's next call.
std::string_view current_http_date();

}  // namespace tailor::http
