#pragma once

#include <string>
#include <vector>

namespace tailor::database {

/// PostgreSQL's text form of a text[]: every element quoted, so that NULL, braces and commas are plain text.
std::string text_array(const std::vector<std::string>& elements);

}  // namespace tailor::database
