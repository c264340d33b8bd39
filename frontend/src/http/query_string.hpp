#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tailor::http {

struct QueryParameter {
  std::string name;
  std::string value;

  bool operator==(const QueryParameter&) const = default;
};

/// Removes the first parameter from the front of a query and decodes it; nothing at the end. Decoding one at
/// a time bounds the cost of a query that is refused. Throws Problem for malformed percent-encoding, text
/// that is not UTF-8, and NUL.
std::optional<QueryParameter> next_parameter(std::string_view& query);

/// Decodes one percent-encoded text. Throws Problem naming `parameter`.
std::string decode_text(std::string_view encoded, bool plus_is_blank, std::string_view parameter);

/// Whether the text is well-formed UTF-8 as PostgreSQL requires: no overlong form, no surrogate.
bool is_utf8(std::string_view text);

}  // namespace tailor::http
