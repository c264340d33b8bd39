#pragma once

#include <cstddef>
#include <mutex>
#include <optional>

#include "database/error.hpp"
#include "deadline.hpp"

namespace tailor::database {

/// Decides who may wait for a connection: only so many, and nobody whose turn would come too late. What it
/// knows is how long queries took lately; it asks nobody.
class Admission {
 public:
  explicit Admission(std::size_t most) : most_(most) {}

  /// Tells how long the server was at so many queries, one after the other.
  void note(std::size_t queries, Seconds time);

  /// queue_full or wait_too_long for who comes when so many wait for so many connections, and who can wait
  /// for so long; nothing when he may wait.
  std::optional<Error> refusal(std::size_t waiting, std::size_t connections, Seconds patience) const;

  /// Whether a query takes about as little as sending it does, as far as is known: so little that it pays to
  /// have the next one sent behind it.
  bool brisk() const;

  /// How long it takes until all who wait have had their turn.
  Seconds expected_wait(std::size_t waiting, std::size_t connections) const;

 private:
  const std::size_t most_;
  mutable std::mutex mutex_;
  Seconds mean_{0};
  double noted_ = 0;
};

}  // namespace tailor::database
