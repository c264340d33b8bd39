#pragma once

#include <cstddef>
#include <mutex>
#include <optional>

#include "base/deadline.hpp"
#include "base/failure.hpp"

namespace tailor::postgres {

/// Decides whether a request may wait for a connection: a bounded number may, and none whose turn would come
/// too late, by the mean time of recent queries.
class Admission {
 public:
  explicit Admission(std::size_t most) : most_(most) {}

  /// Records the time that the server took for this number of queries, one after the other.
  void note(std::size_t queries, Seconds time);

  /// queue_full or wait_too_long for a new request, given the number of waiting requests and of connections,
  /// and the longest wait that it allows; nothing when it may wait.
  std::optional<Error> refusal(std::size_t waiting, std::size_t connections, Seconds max_wait) const;

  /// Whether queries are so short that it pays to send the next one behind a running one.
  bool queries_are_short() const;

  /// The expected time until all waiting requests have got a connection.
  Seconds expected_wait(std::size_t waiting, std::size_t connections) const;

 private:
  const std::size_t most_;
  mutable std::mutex mutex_;
  Seconds mean_{0};
  double noted_ = 0;
};

}  // namespace tailor::postgres
