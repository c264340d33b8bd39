#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tailor::http {

using QueryString = std::vector<std::pair<std::string, std::string>>;

/// Takes a query apart into decoded names and values, in their order, repeated ones included.
/// Throws Problem for wrong percent-encoding, text that is not UTF-8, and NUL.
QueryString parse_query_string(std::string_view text);

/// Decodes one percent-encoded text. Throws Problem naming `parameter`.
std::string decode_text(std::string_view encoded, bool plus_is_blank, std::string_view parameter);

/// True when the text is well-formed UTF-8, as PostgreSQL demands: no overlong form, no surrogate.
bool is_utf8(std::string_view text);

}  // namespace tailor::http
