#pragma once

#include <optional>
#include <string_view>

namespace tailor::http {

/// Whether two texts are equal, ignoring ASCII case.
bool iequals(std::string_view a, std::string_view b);

/// The text without surrounding blanks.
std::string_view trimmed(std::string_view text);

/// Removes the first member and its separator from the front of a list, and returns the member, trimmed.
std::string_view next_list_item(std::string_view& list, char separator = ',');

/// A weight in thousandths (`0`, `1`, `0.5`, `0.125`); nothing when it is malformed.
std::optional<int> parse_weight(std::string_view text);

}  // namespace tailor::http
