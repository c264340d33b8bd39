#pragma once

#include <string_view>

#include "deadline.hpp"
#include "http/request_head.hpp"

namespace tailor::http {

/// A request as a handler gets it.
struct Request {
  std::string_view method;
  std::string_view path;  // as it was sent, still encoded; or "*"
  std::string_view query;
  const RequestHead& head;
  Clock::time_point came = Clock::now();  // all of it; its deadline counts from then
  int client = -1;                        // its socket, to see it leave
};

}  // namespace tailor::http
