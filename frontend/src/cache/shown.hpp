#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tailor::cache {

/// The ids of the tailors in an answer's JSON and of their users; nothing where the JSON has not exactly the
/// shape that the extension gives it now: then every change may touch the answer.
std::optional<std::vector<std::string>> shown_ids(std::string_view json);

}  // namespace tailor::cache
