#pragma once

#include <string_view>

namespace tailor::config {

/// A URL as a setting gives it, without the line break at its end that a mounted secret has. Throws Error,
/// which begins with `setting` and shows nothing of the URL, where a quote or a control character is in it.
std::string_view url_text(std::string_view setting, std::string_view given);

}  // namespace tailor::config
