#include "http/route.hpp"

#include <algorithm>

#include "http/problem.hpp"

namespace tailor::http {

std::string_view query_of(const httplib::Request& request) {
  const std::string_view target = request.target;
  return target.substr(std::min(target.find('?'), target.size() - 1) + 1);
}

std::optional<std::string_view> match(std::string_view pattern, std::string_view path) {
  constexpr std::string_view any = "{}";
  if (!pattern.ends_with(any))
    return path == pattern ? std::optional{path.substr(path.size())} : std::nullopt;
  pattern.remove_suffix(any.size());
  if (!path.starts_with(pattern)) return std::nullopt;
  path.remove_prefix(pattern.size());
  return path.empty() || path.find('/') != std::string_view::npos ? std::nullopt : std::optional{path};
}

bool wants_content(const httplib::Request& request, httplib::Response& response) {
  if (request.method == "OPTIONS") {
    response.status = 204;
    response.set_header("Allow", kAllowedMethods);
    return false;
  }
  if (request.method != "GET" && request.method != "HEAD") throw method_not_allowed();
  return true;
}

}  // namespace tailor::http
