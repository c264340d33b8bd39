#pragma once

#include <string_view>

#include "content/encoding.hpp"

namespace tailor::http {

/// The coding that a client's Accept-Encoding prefers (RFC 9110, 12.5.3; all its lines, joined by commas). A
/// body not worth compressing is compressed only if identity is refused. A client that refuses all codings
/// gets identity.
content::Encoding choose_encoding(std::string_view accept_encoding, bool worth_compressing);

}  // namespace tailor::http
