#pragma once

#include <string_view>

namespace tailor::http {

/// Whether two texts are equal, ignoring ASCII case.
bool iequals(std::string_view a, std::string_view b);

/// The text without surrounding blanks.
std::string_view trimmed(std::string_view text);

/// Removes the first member and its separator from the front of a list, and returns the member, trimmed.
std::string_view next_list_item(std::string_view& list, char separator = ',');

}  // namespace tailor::http
