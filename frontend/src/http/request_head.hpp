#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "http/head_fault.hpp"

namespace tailor::http {

/// The longest accepted head (request line and header fields), in bytes.
inline constexpr std::size_t kLongestHead = 16384;

/// A request's head, or why it is refused.
struct RequestHead {
  const HeadFault* fault = nullptr;
  bool close = true;           // the connection ends after the answer
  std::string method = "GET";  // a known method
  std::string target = "/";    // a path and its query, or "*"
  std::string accept_encoding = {};
  std::string if_match = {};
  std::string if_none_match = {};
  std::string traceparent = {};  // a valid one, or empty
};

/// Parses a complete head including its empty line, or the beginning of one that is too long. Strict: a head
/// that another server could interpret differently is refused (RFC 9112).
RequestHead parse_head(std::string_view head);

/// The stand-in for a head that is refused. The method is kept: the answer to HEAD must have no body.
RequestHead refused_head(const HeadFault& fault, std::string_view method = "GET");

/// The position after the head's empty line, or npos. Leading empty lines belong to the head. Bare line feeds
/// end it too, so that such a head is refused at once.
std::size_t end_of_head(std::string_view received);

}  // namespace tailor::http
