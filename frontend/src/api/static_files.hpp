#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "http/representation.hpp"

namespace tailor::api {

/// The explorer page, loaded into memory. index.html is served at `/`, the other files below
/// `/explorer/VERSION/`, a hash of them all, so that browsers may cache them for good.
class StaticFiles {
 public:
  struct File {
    std::shared_ptr<const http::Representation> representation;
    const char* type;
    const char* cache_control;
  };

  /// Loads and compresses the files of a directory. Throws std::runtime_error when it has no page.
  explicit StaticFiles(const std::filesystem::path& directory);

  /// The file at a request's path, or nothing.
  const File* find(std::string_view path) const;

  /// Header fields of every file, as names and values: the page may request nothing from other hosts.
  static const std::map<std::string, std::string>& security_fields();

 private:
  std::map<std::string, File, std::less<>> files_;
};

}  // namespace tailor::api
