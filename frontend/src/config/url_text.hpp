#pragma once

#include <string_view>

namespace tailor::config {

/// A setting's URL without the trailing line break of a mounted secret. Throws Error, which names `setting`
/// and shows nothing of the URL, if it contains a quote or a control character.
std::string_view url_text(std::string_view setting, std::string_view given);

}  // namespace tailor::config
