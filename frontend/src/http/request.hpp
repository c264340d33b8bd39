#pragma once

#include <string_view>

#include "base/deadline.hpp"
#include "http/request_head.hpp"

namespace tailor::http {

/// A request as passed to a handler.
struct Request {
  std::string_view method;
  std::string_view path;  // percent-encoded, as sent; or "*"
  std::string_view query;
  const RequestHead& head;
  Clock::time_point received_at = Clock::now();  // all of it; its deadline counts from then
  int client = -1;                               // its socket, to see it leave
};

}  // namespace tailor::http
