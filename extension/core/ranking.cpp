#include "ranking.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "geometry.hpp"

namespace tailor {
namespace {

// A total order consistent with certainly_before.
bool before(const Candidate& a, const Candidate& b) {
  return a.rank != b.rank ? a.rank < b.rank : a.squared_chord < b.squared_chord;
}

// Extends [0, head) by all candidates that may come before its last one, repeatedly.
std::size_t close_head(Candidate* candidates, std::size_t count, std::size_t head) {
  for (;;) {
    const Threshold threshold(*std::max_element(candidates, candidates + head, before));
    const auto* end = std::partition(candidates + head, candidates + count, [&](const Candidate& c) {
      return threshold.may_pass(c.rank, c.squared_chord);
    });
    const auto grown = static_cast<std::size_t>(end - candidates);
    if (grown == head) return head;
    head = grown;
  }
}

}  // namespace

std::int64_t descending_rank(double value) {
  if (std::isnan(value)) return INT64_MIN;
  const auto bits = std::bit_cast<std::int64_t>(value == 0 ? 0.0 : value);
  const std::int64_t ascending = bits >= 0 ? bits : INT64_MIN - bits;
  return -ascending;
}

bool certainly_before(const Candidate& a, const Candidate& b) {
  if (a.rank != b.rank) return a.rank < b.rank;
  if (!std::isfinite(a.squared_chord)) return false;
  if (!std::isfinite(b.squared_chord)) return true;
  return a.squared_chord < b.squared_chord &&
         distance_bounds(a.squared_chord).most < distance_bounds(b.squared_chord).least;
}

// The bounds' arc sines are computed here once, not for every candidate.
Threshold::Threshold(const Candidate& last)
    : rank_(last.rank), everybody_(!std::isfinite(last.squared_chord)) {
  if (!everybody_) behind_ = radius_bounds(distance_bounds(last.squared_chord).most).outside;
}

std::size_t prune(Candidate* candidates, std::size_t count, std::size_t head, Threshold& threshold) {
  std::nth_element(candidates, candidates + head, candidates + count, before);
  const std::size_t kept = close_head(candidates, count, head);
  threshold = Threshold(*std::max_element(candidates, candidates + kept, before));
  return kept;
}

Window page_window(Candidate* candidates, std::size_t count, std::size_t offset, std::size_t size) {
  if (offset >= count) return {offset, offset};
  std::size_t head = std::min(count, offset + size);
  if (head < count) {
    std::nth_element(candidates, candidates + head, candidates + count, before);
    head = close_head(candidates, count, head);
  }
  std::sort(candidates, candidates + head, before);
  Window window{offset, head};
  while (window.first > 0 && !certainly_before(candidates[window.first - 1], candidates[window.first]))
    --window.first;
  return window;
}

}  // namespace tailor
