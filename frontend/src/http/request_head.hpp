#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "http/head_fault.hpp"

namespace tailor::http {

/// The longest head (request line and header fields) that is read, in bytes.
inline constexpr std::size_t kLongestHead = 16384;

/// A request's head, or why it is refused.
struct RequestHead {
  const HeadFault* fault = nullptr;
  bool close = true;           // the connection ends after the answer
  std::string method = "GET";  // one that is known
  std::string target = "/";    // a path and its query, or "*"
  std::string accept_encoding = {};
  std::string if_match = {};
  std::string if_none_match = {};
  std::string traceparent = {};  // a valid one, or empty
};

/// Reads a complete head, its empty line included, or the beginning of one that is too long. Strict: what
/// another server could read in another way is refused (RFC 9112).
RequestHead parse_head(std::string_view head);

/// A head in place of one that is refused. The answer to HEAD has no body even then.
RequestHead refused_head(const HeadFault& fault, std::string_view method = "GET");

/// Where the head ends (after its empty line), or npos. Empty lines before it are a part of it, and bare line
/// feeds end it as well, so that it is refused at once.
std::size_t end_of_head(std::string_view received);

}  // namespace tailor::http
