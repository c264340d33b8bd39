#pragma once

#include <spdlog/fmt/fmt.h>

#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace tailor {

/// A position in PostgreSQL's write-ahead log.
using Lsn = std::uint64_t;

/// Behind every position of the log.
inline constexpr Lsn kNoLsn = std::numeric_limits<Lsn>::max();

/// Parses PostgreSQL's text, "16/B374D848"; nothing when it is malformed.
inline std::optional<Lsn> parse_lsn(std::string_view text) {
  std::uint32_t high = 0, low = 0;
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, high, 16);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '/') return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, low, 16);
  if (second.ec != std::errc{} || second.ptr != end) return std::nullopt;
  return (Lsn{high} << 32U) | low;
}

/// PostgreSQL's text of it.
inline std::string lsn_text(Lsn lsn) {
  return fmt::format("{:X}/{:X}", lsn >> 32U, lsn & 0xFFFFFFFFU);
}

}  // namespace tailor
