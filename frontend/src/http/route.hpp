#pragma once

#include <httplib.h>

#include <optional>
#include <string_view>

namespace tailor::http {

/// A request's query, as it was sent. `Request::params` stays empty: cpp-httplib drops repeated parameters
/// and accepts malformed percent-encoding.
std::string_view query_of(const httplib::Request& request);

/// Whether a path is the pattern's. Returns the segment for which a `{}` at the pattern's end stands, or an
/// empty text. cpp-httplib's own routes are regular expressions, which std::regex matches recursively: a long
/// path would overflow a fiber's stack.
std::optional<std::string_view> match(std::string_view pattern, std::string_view path);

/// Answers OPTIONS, and returns false then. Throws Problem for other methods than GET and HEAD.
bool wants_content(const httplib::Request& request, httplib::Response& response);

}  // namespace tailor::http
