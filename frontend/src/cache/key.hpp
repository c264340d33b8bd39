#pragma once

#include <string>
#include <string_view>

#include "search_parameters.hpp"

namespace tailor::cache {

/// The text that an answer is kept under: the same for two searches exactly if they ask for the same. The
/// values are those of parse_search(), which has already given numbers one spelling, skills one order, and
/// every default.
std::string search_key(const SearchValues& values);

/// The same for one tailor.
std::string tailor_key(std::string_view id);

}  // namespace tailor::cache
