#pragma once

#include <cstddef>
#include <string_view>

namespace tailor::http {

/// Of a traceparent as version 00 has it; what a later version appends is neither logged nor passed on.
inline constexpr std::size_t kTraceparentLength = 55;

/// Whether it is a traceparent as W3C's Trace Context has it; of versions to come only the beginning counts.
bool is_traceparent(std::string_view text);

/// Whether the caller records this trace.
bool is_sampled(std::string_view traceparent);

}  // namespace tailor::http
