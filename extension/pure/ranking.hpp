// Which candidates can stand on a page, when distances are known within bounds only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace tailor {

/// A matching entry of the index.
struct Candidate {
  std::int64_t rank;     // of the sort key, ascending; 0 where the order is by distance alone
  double squared_chord;  // to the centre, square metres; infinite: no point
  std::uint64_t row;     // where its row is; opaque here
};

/// Ranks that ascend as the value descends, with null last. NaN is the greatest value, -0 equals 0: as in
/// PostgreSQL.
std::int64_t descending_rank(double value);
inline constexpr std::int64_t null_rank = INT64_MAX;

/// Certainly earlier on the pages, whatever the exact distances are.
bool certainly_before(const Candidate& a, const Candidate& b);

/// Candidates [first, last) of the rearranged array hold the page, and all that could trade places with its
/// rows.
struct Window {
  std::size_t first, last;
};

/// Rearranges candidates and finds the window of the page that starts at offset. Everything before the window
/// is certainly before it, and everything behind certainly behind. Empty, at offset, when that is beyond the
/// end.
Window page_window(Candidate* candidates, std::size_t count, std::size_t offset, std::size_t size);

}  // namespace tailor
