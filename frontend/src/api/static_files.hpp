#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "api/tiles.hpp"
#include "content/representation.hpp"

namespace tailor::api {

/// The explorer page, loaded into memory. index.html is served at `/`, the other files below
/// `/explorer/VERSION/`, a hash of them all, so that browsers may cache them for good.
class StaticFiles {
 public:
  struct File {
    std::shared_ptr<const content::Representation> representation;
    const char* type;
    const char* cache_control;
  };

  /// Loads and compresses the files of a directory; the page's map has `tiles`, if there are some. Throws
  /// std::runtime_error when the directory has no page.
  StaticFiles(const std::filesystem::path& directory, const Tiles& tiles);

  /// The file at a request's path, or nothing.
  const File* find(std::string_view path) const;

  /// Header fields of a page, as names and values: it may request nothing from other hosts but tiles.
  static std::map<std::string, std::string> security_fields(const Tiles& tiles = {});

  /// Those of every file.
  const std::map<std::string, std::string>& header_fields() const { return header_fields_; }

 private:
  std::map<std::string, File, std::less<>> files_;
  std::map<std::string, std::string> header_fields_;
};

}  // namespace tailor::api
