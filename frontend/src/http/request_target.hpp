#pragma once

#include <string>
#include <string_view>

namespace tailor::http {

struct HeadFault;

/// Whether the text is a Host field's value, uri-host [ ":" port ] (RFC 9110, 7.2; RFC 3986, 3.2.2), which
/// may be empty.
bool is_host(std::string_view text);

/// A request's target: a path with its query, or "*".
struct RequestTarget {
  const HeadFault* fault = nullptr;
  std::string text;
};

/// Parses a target in origin-form, absolute-form or, for OPTIONS, asterisk-form (RFC 9112, 3.2).
RequestTarget read_target(std::string_view method, std::string_view target);

}  // namespace tailor::http
