#include "api/tiles.hpp"

#include <algorithm>

namespace tailor::api {
namespace {

// The length of scheme, host and port; 0 if the URL does not begin with these. A policy's separators are no
// part of a host.
std::size_t origin_length(std::string_view url) {
  constexpr std::string_view host_characters = "abcdefghijklmnopqrstuvwxyz0123456789.-:[]";
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!url.starts_with(scheme)) continue;
    const std::size_t end = std::min(url.find_first_not_of(host_characters, scheme.size()), url.size());
    const bool host = end > scheme.size() && url[scheme.size()] != ':';
    return host && end < url.size() && url[end] == '/' ? end : 0;
  }
  return 0;
}

}  // namespace

std::string Tiles::origin() const {
  return url.substr(0, origin_length(url));
}

std::string fault_of_tiles(std::string_view url) {
  if (url.empty()) return {};
  if (origin_length(url) == 0)
    return "must begin with http:// or https://, a host in small letters, and /; {s} cannot be in the host";
  for (const std::string_view place : {"{z}", "{x}", "{y}"}) {
    if (url.find(place) == std::string_view::npos)
      return "must have {z}, {x} and {y} for a tile's zoom and place, like "
             "https://tile.example/{z}/{x}/{y}.png";
  }
  return {};
}

}  // namespace tailor::api
