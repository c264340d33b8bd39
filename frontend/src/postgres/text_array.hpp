#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tailor::postgres {

/// PostgreSQL's text form of a text[], every element quoted, so that NULL, braces and commas stay plain text.
std::string text_array(const std::vector<std::string>& elements);

/// The elements of an array made by text_array().
std::vector<std::string> text_array_elements(std::string_view literal);

}  // namespace tailor::postgres
