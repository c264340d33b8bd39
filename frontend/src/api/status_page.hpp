#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace tailor::api {

/// A file of the status page, which is a part of the program.
struct StatusFile {
  std::shared_ptr<const std::string> body;
  const char* type;
};

/// The file at a path of the admin port (`/` and below `/status/`), or nullptr.
const StatusFile* status_file(std::string_view path);

}  // namespace tailor::api
