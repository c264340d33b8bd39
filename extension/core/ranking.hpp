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

/// What is known of all candidates that can still stand on a page: whoever is not before it cannot.
class Threshold {
 public:
  /// Nothing is known: everybody can.
  Threshold() = default;
  /// Of candidates that stand before `last`, or could.
  explicit Threshold(const Candidate& last);

  /// By the rank, and the least that the squared chord can be.
  bool may_pass(std::int64_t rank, double squared_chord) const {
    return rank != rank_ ? rank < rank_ : everybody_ || squared_chord < behind_;
  }

 private:
  std::int64_t rank_ = INT64_MAX;
  double behind_ = 0;      // from this squared chord on certainly behind, within the rank
  bool everybody_ = true;  // of the rank
};

/// Moves those of the candidates that can be among the first `head` in order to the front, and drops the
/// rest: gives how many remain, and where the threshold is from now on. More than `head` are there.
std::size_t drop_hopeless(Candidate* candidates, std::size_t count, std::size_t head, Threshold& threshold);

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
