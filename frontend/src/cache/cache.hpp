#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>

#include "cache/flights.hpp"
#include "cache/lifetime.hpp"
#include "cache/refresher.hpp"
#include "cache/shared_level.hpp"
#include "cache/store.hpp"
#include "database/error.hpp"
#include "live.hpp"
#include "metrics/metrics.hpp"

namespace tailor::cache {

/// What a computation gives.
struct Computed {
  std::optional<std::string> body;  // nothing: there is no such place or tailor
  std::string snapshot;
  Scope scope;           // but for what it shows, which the body tells
  std::string origin{};  // see Entry
};

/// Computes an answer, on the thread of a request or later on another one. Throws database::Error.
using Compute = std::function<Computed(Caller& caller)>;

enum class Outcome {
  hit,             // kept, and good
  shared,          // kept by another instance in Redis, and good
  revalidating,    // kept, past its time, and being computed again
  stale_if_error,  // kept, perhaps changed since, as the database is away
  miss,            // computed, as none was kept
  replaced,        // computed, as what was kept was changed since or too old
  collapsed,       // computed for another request at the same time
  bypass           // computed, as nothing is kept here
};

struct Served {
  EntryPtr entry;
  Outcome outcome;
  bool stored = false;  // of what was computed
};

/// Answers from memory, or from a computation of which there is one a key at a time.
class Cache {
 public:
  /// `shared`: the level that instances share; null: there is none.
  Cache(const CacheSettings& settings, const Journal& journal, metrics::Metrics& metrics,
        SharedLevel* shared = nullptr);

  /// The answer kept for the key, or what `compute` gives, perhaps to another request. Waits as long as the
  /// caller does. Throws what the computation throws.
  Served get_or_compute(const std::string& key, const Compute& compute, Caller& caller);

  /// For a request that may not wait for a computation. True, and counted as a miss, when there is nothing
  /// else for it: nothing is kept, not even what could stand in, nobody computes it, and no other instance
  /// could have it.
  bool give_up(const std::string& key);

  /// For answers from now on; but the size stays.
  void reload(const CacheSettings& settings) { settings_.set(settings); }

  Store::Status status() const { return store_ ? store_->status() : Store::Status{0, 0}; }

 private:
  enum class State { absent, good, good_soon_old, stale, old };

  State state_of(const EntryPtr& entry) const;
  bool good(const EntryPtr& entry) const;
  void count(Outcome outcome);
  Served compute_once(const std::string& key, const Compute& compute, Caller& caller);
  Served lead(const std::string& key, Flight& flight, const Compute& compute, Caller& caller);
  EntryPtr run(const Compute& compute, Journal::Position began, Caller& caller);
  bool keep(const std::string& key, const EntryPtr& entry);
  EntryPtr renew(const std::string& key, Flight& flight, const Compute& compute);
  void refresh(const std::string& key, const Compute& compute);
  bool may_stand_in(const EntryPtr& entry) const;
  bool may_stand_in(const EntryPtr& entry, database::Failure failure) const;

  Live<CacheSettings> settings_;
  const Journal& journal_;
  metrics::Metrics& metrics_;
  SharedLevel* const shared_;
  std::optional<Store> store_;
  Flights flights_;
  std::atomic<bool> failing_ = false;   // the last computation failed, as the database is away or too slow
  std::optional<Refresher> refresher_;  // last: its thread uses all of the above
};

}  // namespace tailor::cache
