#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/lsn.hpp"

namespace tailor::cache {

/// A transaction id, as returned by pg_current_xact_id().
using Transaction = std::uint64_t;

/// A database snapshot: the transactions that an answer saw. Instances can compare it without clocks.
struct Snapshot {
  Transaction xmin = 0;  // all earlier transactions have ended
  Transaction xmax = 0;  // this and later transactions had not begun
  std::vector<Transaction> running;
  Lsn log_end = 0;  // a position of the write-ahead log behind all commits that it sees

  bool sees(Transaction transaction) const;

  /// Whether it sees every transaction that `other` sees.
  bool includes(const Snapshot& other) const;
};

/// Parses the text of pg_current_snapshot(), "xmin:xmax:xip,…"; nothing when it is malformed.
std::optional<Snapshot> parse_snapshot(std::string_view text);

}  // namespace tailor::cache
