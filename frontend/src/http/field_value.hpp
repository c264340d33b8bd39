#pragma once

#include <string_view>

namespace tailor::http {

/// Whether two names are alike but for case, as HTTP's names are.
bool same(std::string_view a, std::string_view b);

/// The text without the blanks around it.
std::string_view trimmed(std::string_view text);

/// Takes the first member off a list's front, its separator as well, and returns it trimmed.
std::string_view take_member(std::string_view& list, char separator = ',');

}  // namespace tailor::http
