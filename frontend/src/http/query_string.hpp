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

/// Takes the first parameter off a query's front and decodes it; nothing at the query's end. One at a time,
/// so that a query that is refused costs no more than its parameters before the fault. Throws Problem for
/// wrong percent-encoding, text that is not UTF-8, and NUL.
std::optional<QueryParameter> next_parameter(std::string_view& query);

/// Decodes one percent-encoded text. Throws Problem naming `parameter`.
std::string decode_text(std::string_view encoded, bool plus_is_blank, std::string_view parameter);

/// True when the text is well-formed UTF-8, as PostgreSQL demands: no overlong form, no surrogate.
bool is_utf8(std::string_view text);

}  // namespace tailor::http
