#pragma once

#include <string>
#include <string_view>

namespace tailor::content {

/// Content codings. Of two with equal weight the first is chosen.
enum class Encoding { br, gzip, identity };

/// The coding's name in a header field.
const char* name_of(Encoding encoding);

/// The text in a coding. Slow: the result should be cached.
std::string encode(std::string_view text, Encoding encoding);

}  // namespace tailor::content
