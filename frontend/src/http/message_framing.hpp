#pragma once

#include <optional>
#include <string>

namespace tailor::http {

struct HeadFault;

/// The header fields that determine where a request ends.
struct FramingFields {
  int content_lengths = 0;  // number of Content-Length lines
  std::string content_length;
  std::optional<std::string> transfer_encoding;
};

/// Null when the request certainly has no body (RFC 9112, 6); otherwise why it is refused.
const HeadFault* framing_fault(const FramingFields& fields, bool http_1_1);

}  // namespace tailor::http
