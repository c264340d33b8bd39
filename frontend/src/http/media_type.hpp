#pragma once

#include <string_view>

namespace tailor::http {

/// The media type of an answer, and the request fields that it was chosen by.
struct MediaType {
  const char* name = "application/json";
  const char* vary = "Accept-Encoding";
};

/// Whether an Accept field (RFC 9110, 12.5.1) prefers the media type to the usual one: by its weight, or,
/// with equal weights, by naming it and not the usual one. A wildcard does not name it.
bool prefers(std::string_view accept, std::string_view type, std::string_view usual);

}  // namespace tailor::http
