#pragma once

#include <string>
#include <string_view>

namespace tailor::api {

/// The street map behind the explorer's map: images of another server.
struct Tiles {
  std::string url;          // with {z}, {x} and {y}; empty: none
  std::string attribution;  // HTML

  /// Where the images come from, as a Content-Security-Policy names it.
  std::string origin() const;

  bool operator==(const Tiles&) const = default;
};

/// What is wrong with a URL of tiles; empty if nothing is.
std::string fault_of_tiles(std::string_view url);

}  // namespace tailor::api
