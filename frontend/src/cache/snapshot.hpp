#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tailor::cache {

/// A transaction's id in the database, as pg_current_xact_id() tells it.
using Transaction = std::uint64_t;

/// Which transactions an answer saw: a token that instances can compare, without clocks.
struct Snapshot {
  Transaction xmin = 0;  // all before are over
  Transaction xmax = 0;  // none from here on has begun
  std::vector<Transaction> running;

  bool sees(Transaction transaction) const;

  /// Whether it sees all that the other one sees.
  bool includes(const Snapshot& other) const;
};

/// Reads what pg_current_snapshot() gives, "xmin:xmax:xip,…"; nothing when it is not that.
std::optional<Snapshot> parse_snapshot(std::string_view text);

}  // namespace tailor::cache
