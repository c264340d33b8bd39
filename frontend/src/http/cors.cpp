#include "http/cors.hpp"

#include <algorithm>

#include "http/problem.hpp"

namespace tailor::http {
namespace {

// A browser asks again after this time, in seconds; most of them at the latest after two hours.
constexpr const char* kMaxAge = "7200";
// Fields beyond those that a page may send without asking.
constexpr const char* kAllowedFields = "Cache-Control, If-Match, If-None-Match, Read-After, traceparent";
constexpr const char* kExposedFields = "Cache-Status, ETag, Retry-After, Server-Timing, Snapped-To";

bool is_of_host(unsigned char c) {
  constexpr std::string_view others = ".-_:[]";
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         others.find(static_cast<char>(c)) != std::string_view::npos;
}

// As browsers serialize it: no path, no capital and no default port.
bool is_origin(std::string_view text) {
  const bool secure = text.starts_with("https://");
  if (!secure && !text.starts_with("http://")) return false;
  text.remove_prefix(text.find("//") + 2);
  return !text.empty() && std::ranges::all_of(text, is_of_host) && !text.starts_with(':') &&
         !text.ends_with(':') && !text.ends_with(secure ? ":443" : ":80");
}

}  // namespace

std::optional<Cors> Cors::parse(std::string_view list) {
  constexpr std::string_view separators = ", \t";
  Cors cors;
  for (std::size_t at = 0; (at = list.find_first_not_of(separators, at)) != std::string_view::npos;) {
    const std::string_view origin = list.substr(at, list.find_first_of(separators, at) - at);
    if (origin != "*" && !is_origin(origin)) return std::nullopt;
    cors.any_ = cors.any_ || origin == "*";
    cors.origins_.emplace_back(origin);
    at += origin.size();
  }
  if (cors.any_ && cors.origins_.size() > 1) return std::nullopt;
  return cors;
}

bool Cors::allows(const std::string& origin) const {
  return any_ || std::ranges::find(origins_, origin) != origins_.end();
}

// The answer depends on the Origin also where a request has none, or one that is not allowed.
void Cors::write_to(const httplib::Request& request, httplib::Response& response) const {
  if (origins_.empty()) return;
  if (!any_) response.headers.emplace("Vary", "Origin");
  const std::string origin = request.get_header_value("Origin");
  if (origin.empty() || !allows(origin)) return;
  const std::string allowed = any_ ? "*" : origin;
  response.set_header("Access-Control-Allow-Origin", allowed);
  if (request.method != "OPTIONS" || !request.has_header("Access-Control-Request-Method")) {
    response.set_header("Access-Control-Expose-Headers", kExposedFields);
    response.set_header("Timing-Allow-Origin", allowed);
    return;
  }
  response.set_header("Access-Control-Allow-Methods", kAllowedMethods);
  response.set_header("Access-Control-Allow-Headers", kAllowedFields);
  response.set_header("Access-Control-Max-Age", kMaxAge);
}

}  // namespace tailor::http
