// Determines which candidates may be on a page while their distances are known only within bounds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace tailor {

/// A matching index entry.
struct Candidate {
  std::int64_t rank;     // by the sort key, ascending; 0 where the order is by distance alone
  double squared_chord;  // to the centre, square metres; infinite: no point
  std::uint64_t row;     // identifies its row; opaque here
};

/// Ranks for descending order with NULL last. As in PostgreSQL, NaN is the greatest value, and -0 equals 0.
std::int64_t descending_rank(double value);
inline constexpr std::int64_t null_rank = INT64_MAX;

/// Whether a certainly precedes b, whatever the exact distances are.
bool certainly_before(const Candidate& a, const Candidate& b);

/// A bound that every candidate for the page must precede.
class Threshold {
 public:
  /// No bound: every candidate passes.
  Threshold() = default;
  /// The bound for candidates that may precede `last`.
  explicit Threshold(const Candidate& last);

  /// Whether a candidate with this rank and smallest possible squared chord may pass.
  bool may_pass(std::int64_t rank, double squared_chord) const {
    return rank != rank_ ? rank < rank_ : everybody_ || squared_chord < behind_;
  }

 private:
  std::int64_t rank_ = INT64_MAX;
  double behind_ = 0;      // from this squared chord on certainly behind, within the rank
  bool everybody_ = true;  // of the rank
};

/// Moves the candidates that may be among the first `head` to the front and drops the others. Returns how
/// many remain and the new threshold. There must be more than `head`.
std::size_t prune(Candidate* candidates, std::size_t count, std::size_t head, Threshold& threshold);

/// The candidates [first, last) of the rearranged array: the page and all that may change places with its
/// rows.
struct Window {
  std::size_t first, last;
};

/// Rearranges the candidates and returns the window of the page that starts at `offset`. All candidates
/// outside the window are certainly before or behind it. If `offset` is beyond the end, the window is empty.
Window page_window(Candidate* candidates, std::size_t count, std::size_t offset, std::size_t size);

}  // namespace tailor
