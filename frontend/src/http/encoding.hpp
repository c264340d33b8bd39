#pragma once

#include <string>
#include <string_view>

namespace tailor::http {

/// How an answer's body is coded; of two that a client likes alike the first one is taken.
enum class Encoding { br, gzip, identity };

/// The coding's name in a header field.
const char* name_of(Encoding encoding);

/// The coding that a client wants most, by its Accept-Encoding (RFC 9110, 12.5.3; all lines of it, joined by
/// commas). A body that is not worth compressing is only where identity is refused. Who refuses all that
/// there is gets identity.
Encoding choose_encoding(std::string_view accept_encoding, bool worth_compressing);

/// The text in a coding. Meant to be done once and kept.
std::string encode(std::string_view text, Encoding encoding);

}  // namespace tailor::http
