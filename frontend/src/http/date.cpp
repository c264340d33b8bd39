#include "http/date.hpp"

#include <spdlog/fmt/fmt.h>

#include <array>

namespace tailor::http {

std::string http_date(std::time_t time) {
  constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm utc{};
  gmtime_r(&time, &utc);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", days.at(static_cast<std::size_t>(utc.tm_wday)),
                     utc.tm_mday, months.at(static_cast<std::size_t>(utc.tm_mon)), utc.tm_year + 1900,
                     utc.tm_hour, utc.tm_min, utc.tm_sec);
}

std::string_view current_http_date() {
  thread_local std::time_t second = 0;
  thread_local std::string date;
  const std::time_t now = std::time(nullptr);
  if (now != second) date = http_date(now);
  second = now;
  return date;
}

}  // namespace tailor::http
