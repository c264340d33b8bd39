#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "cache/journal.hpp"
#include "cache/scope.hpp"
#include "deadline.hpp"
#include "http/representation.hpp"

namespace tailor::cache {

/// An answer that is kept. It never changes, but for what is known of its being current.
struct Entry {
  std::shared_ptr<const http::Representation> representation;  // none: there is no such place or tailor
  Scope scope;
  std::string snapshot;  // that it was computed in, as text
  std::string origin;    // that it was computed from; empty: it is not shared
  bool told = false;     // of changes was told where it was computed
  Clock::time_point computed;
  Clock::time_point fresh_until;
  Clock::time_point stale_until;  // served while it is computed again
  Clock::time_point error_until;  // served while it cannot be
  Clock::duration cost{0};        // of computing it
  // No change until this place in the journal touches it. At first the place where its computation began.
  mutable std::atomic<Journal::Position> checked{0};

  bool found() const { return representation != nullptr; }

  /// The memory that it takes.
  std::size_t bytes() const;
};

using EntryPtr = std::shared_ptr<const Entry>;

/// Whether no change touched the entry since it was computed. Each change is looked at once.
bool current(const Journal& journal, const Entry& entry);

}  // namespace tailor::cache
