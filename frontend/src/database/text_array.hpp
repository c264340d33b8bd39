#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tailor::database {

/// PostgreSQL's text form of a text[]: every element quoted, so that NULL, braces and commas are plain text.
std::string text_array(const std::vector<std::string>& elements);

/// The elements of what text_array() made.
std::vector<std::string> text_array_elements(std::string_view literal);

}  // namespace tailor::database
