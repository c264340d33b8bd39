#pragma once

#include <string>
#include <string_view>

namespace tailor::http {

/// Content codings. Of two with equal weight the first is chosen.
enum class Encoding { br, gzip, identity };

/// The coding's name in a header field.
const char* name_of(Encoding encoding);

/// The coding that a client's Accept-Encoding prefers (RFC 9110, 12.5.3; all its lines, joined by commas). A
/// body not worth compressing is compressed only if identity is refused. A client that refuses all codings
/// gets identity.
Encoding choose_encoding(std::string_view accept_encoding, bool worth_compressing);

/// The text in a coding. Slow: the result should be cached.
std::string encode(std::string_view text, Encoding encoding);

}  // namespace tailor::http
