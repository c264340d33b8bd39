#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/deadline.hpp"
#include "cache/change_log.hpp"
#include "cache/dependencies.hpp"
#include "content/representation.hpp"

namespace tailor::cache {

/// A cached answer. Immutable except for `checked`.
struct Entry {
  std::shared_ptr<const content::Representation> representation;  // null: no such place or tailor
  Dependencies dependencies;
  // The database snapshot it was computed in, as text; of a standby, what it had replayed before (Lsn).
  // Empty: unknown.
  std::string snapshot;
  std::string origin;     // see postgres::SearchConnection::origin(); empty: not shared through Redis
  bool notified = false;  // changes are notified to the instance that computed it
  Clock::time_point computed;
  Clock::time_point fresh_until;
  Clock::time_point stale_until;  // until then served while it is computed again
  Clock::time_point error_until;  // until then served while the database is away
  Clock::duration cost{0};        // of the computation
  // No change before this position of the change log invalidates it. At first where its computation began.
  mutable std::atomic<ChangeLog::Position> checked{0};

  bool found() const { return representation != nullptr; }

  /// Bytes of memory.
  std::size_t bytes() const;
};

using EntryPtr = std::shared_ptr<const Entry>;

/// Whether no change has invalidated the entry since it was computed. Each change is examined once.
bool current(const ChangeLog& change_log, const Entry& entry);

}  // namespace tailor::cache
