#pragma once

#include <httplib.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "http/head_fault.hpp"

namespace tailor::http {

/// The longest accepted head (request line and header fields), in bytes.
inline constexpr std::size_t kLongestHead = 16384;

/// A request's head, or why it is refused. cpp-httplib alone would accept heads that another server
/// interprets differently.
struct GuardedHead {
  const HeadFault* fault = nullptr;
  bool close = true;             // the connection ends after the answer
  std::string method = "GET";    // a known method
  std::string target = "/";      // a path and its query, or "*"
  httplib::Headers fields = {};  // those that handlers read, each once; traceparent only if valid
};

/// Parses a complete head including its empty line, or the beginning of one that is too long. Strict: a head
/// that another server could interpret differently is refused (RFC 9112).
GuardedHead guard_head(std::string_view head);

/// The stand-in for a head that is refused. The method is kept: the answer to HEAD must have no body.
GuardedHead refused_head(const HeadFault& fault, std::string_view method = "GET");

/// The position after the head's empty line, or npos. Leading empty lines belong to the head. Bare line feeds
/// end it too, so that such a head is refused at once.
std::size_t end_of_head(std::string_view received);

/// The header fields that determine where a request ends.
struct FramingFields {
  int content_lengths = 0;  // number of Content-Length lines
  std::string content_length;
  std::optional<std::string> transfer_encoding;
};

/// Null when the request certainly has no body (RFC 9112, 6); otherwise why it is refused.
const HeadFault* framing_fault(const FramingFields& fields, bool http_1_1);

}  // namespace tailor::http
