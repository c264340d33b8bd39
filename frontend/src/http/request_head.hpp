#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tailor::http {

/// The longest head (request line and header fields) that is read, in bytes.
inline constexpr std::size_t kLongestHead = 16384;

/// What there is to know of a request. The connection's framing must never be in
/// doubt: a request with a body, or one that another server might frame differently, is refused and the
/// connection closed (request smuggling).
struct RequestHead {
  enum class Verdict { good, malformed, too_long, has_body, too_many_connections };

  Verdict verdict = Verdict::good;
  bool close = true;  // the connection is not to be kept
  std::string request_line;
  std::string accept_encoding;
  std::string if_none_match;
  std::string traceparent = {};  // a valid one, or empty
};

/// Judges a complete head, its empty line included.
RequestHead parse_head(std::string_view head);

/// A head in place of one that is refused.
RequestHead refused_head(RequestHead::Verdict verdict);

/// Where the head ends (after its empty line), or npos.
std::size_t end_of_head(std::string_view received);

}  // namespace tailor::http
