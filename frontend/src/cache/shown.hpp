#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tailor::cache {

/// The ids of the tailors in an answer's JSON and of their users; nothing where they cannot be told for sure.
std::optional<std::vector<std::string>> shown_ids(std::string_view json);

}  // namespace tailor::cache
