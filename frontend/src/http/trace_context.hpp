#pragma once

#include <cstddef>
#include <string_view>

namespace tailor::http {

/// The length of a version 00 traceparent; what later versions append is neither logged nor passed on.
inline constexpr std::size_t kTraceparentLength = 55;

/// Whether the text is a traceparent (W3C Trace Context). Of later versions only the beginning is checked.
bool is_traceparent(std::string_view text);

/// Whether the sampled flag is set.
bool is_sampled(std::string_view traceparent);

}  // namespace tailor::http
