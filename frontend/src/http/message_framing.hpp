#pragma once

#include <optional>
#include <string>

namespace tailor::http {

struct HeadFault;

/// The fields that say where a request ends, gathered from all their lines.
struct FramingFields {
  int content_lengths = 0;  // lines of this name
  std::string content_length;
  std::optional<std::string> transfer_encoding;
};

/// Null when the request has no body and nothing leaves its end in doubt (RFC 9112, 6); else why it is
/// refused.
const HeadFault* framing_fault(const FramingFields& fields, bool http_1_1);

}  // namespace tailor::http
