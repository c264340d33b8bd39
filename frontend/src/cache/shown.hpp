#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tailor::cache {

/// The ids of the tailors and users in an answer's JSON. Nothing unless the JSON has exactly the shape that
/// the extension produces: then every change invalidates the answer.
std::optional<std::vector<std::string>> shown_ids(std::string_view json);

}  // namespace tailor::cache
