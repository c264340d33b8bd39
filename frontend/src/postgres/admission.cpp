#include "postgres/admission.hpp"

#include <algorithm>

namespace tailor::postgres {
namespace {

// The mean covers about this many of the latest queries: precise to a tenth of their spread, and quick to
// adapt.
constexpr double kRemembered = 128;

// The expected wait may be at most this share of the allowed wait. The margin covers the mean's error, so
// that nearly all admitted requests get a connection in time.
constexpr double kSafe = 0.8;

// Several times the cost of a session's sleep between two queries, and the number of queries needed to know.
constexpr Seconds kShortQuery{0.002};
constexpr double kKnown = 16;

}  // namespace

void Admission::note(std::size_t queries, Seconds time) {
  const std::lock_guard lock(mutex_);
  const Seconds each = time / static_cast<double>(queries);
  for (; queries > 0; --queries) {
    noted_ = std::min(noted_ + 1, kRemembered);
    mean_ += (each - mean_) / noted_;
  }
}

std::optional<Error> Admission::refusal(std::size_t waiting, std::size_t connections,
                                        Seconds max_wait) const {
  const Seconds wait = expected_wait(waiting, connections);
  if (waiting >= most_) return Error(Failure::queue_full, "as many wait for a connection as may wait", wait);
  // With no one waiting, a request is always admitted unless its time is over: the mean must be able to
  // recover from a wrong value.
  if (max_wait <= Seconds{0} || (waiting > 0 && wait > kSafe * max_wait))
    return Error(Failure::wait_too_long, "the wait for a connection would be too long", wait);
  return std::nullopt;
}

bool Admission::queries_are_short() const {
  const std::lock_guard lock(mutex_);
  return noted_ >= kKnown && mean_ < kShortQuery;
}

// Counts only the waiting requests. The remaining time of running queries is left out, in favour of the new
// request.
Seconds Admission::expected_wait(std::size_t waiting, std::size_t connections) const {
  const std::lock_guard lock(mutex_);
  return mean_ * (static_cast<double>(waiting) / static_cast<double>(std::max<std::size_t>(connections, 1)));
}

}  // namespace tailor::postgres
