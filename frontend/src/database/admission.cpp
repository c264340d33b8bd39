#include "database/admission.hpp"

#include <algorithm>

namespace tailor::database {
namespace {

// The mean is of about the last so many: it is off by a tenth of their spread, and follows in a moment.
constexpr double kRemembered = 128;

// Of the wait that is allowed, how much may be expected. The rest is for the error of the mean, so that of
// those who are let in nearly all get their turn.
constexpr double kSafe = 0.8;

// Several times what a session's sleep between two queries costs; and after how many it is known.
constexpr Seconds kBrisk{0.002};
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
                                        Seconds patience) const {
  const Seconds wait = expected_wait(waiting, connections);
  if (waiting >= most_) return Error(Failure::queue_full, "as many wait for a connection as may wait", wait);
  // From an empty line nobody is sent away who is not too late already: whatever the mean says, it must be
  // able to learn better.
  if (patience <= Seconds{0} || (waiting > 0 && wait > kSafe * patience))
    return Error(Failure::wait_too_long, "the wait for a connection would be too long", wait);
  return std::nullopt;
}

bool Admission::brisk() const {
  const std::lock_guard lock(mutex_);
  return noted_ >= kKnown && mean_ < kBrisk;
}

// Of those alone who are before: what the ones that are served now still take is left out, to be on the side
// of who comes.
Seconds Admission::expected_wait(std::size_t waiting, std::size_t connections) const {
  const std::lock_guard lock(mutex_);
  return mean_ * (static_cast<double>(waiting) / static_cast<double>(std::max<std::size_t>(connections, 1)));
}

}  // namespace tailor::database
