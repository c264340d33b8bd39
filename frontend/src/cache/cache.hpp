#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>

#include "base/failure.hpp"
#include "base/live.hpp"
#include "cache/expiry.hpp"
#include "cache/refresher.hpp"
#include "cache/shared_cache.hpp"
#include "cache/single_flight.hpp"
#include "cache/store.hpp"
#include "metrics/metrics.hpp"

namespace tailor::cache {

/// The result of a computation.
struct Computed {
  std::optional<std::string> body;  // nothing: there is no such place or tailor
  std::string snapshot;
  Dependencies dependencies;
  std::string origin{};  // see Entry
};

/// Computes an answer, on the request's thread or later on another one. It sees all changes before the change
/// log's position `began`. Throws Error.
using Compute = std::function<Computed(RequestContext& context, ChangeLog::Position began)>;

enum class Outcome {
  hit,             // from memory, current
  shared,          // from Redis, current
  revalidating,    // from memory, past its time, and being computed again
  stale_if_error,  // from memory, possibly outdated, because the database is away
  miss,            // computed: nothing was cached
  replaced,        // computed: the cached answer was outdated or too old
  collapsed,       // computed by another request at the same time
  requested,       // computed: the request wants an answer at least as new as a write of its own
  bypass           // computed: the cache is off
};

struct Served {
  EntryPtr entry;
  Outcome outcome;
  bool stored = false;  // whether a computed answer was stored
};

/// Serves answers from memory or computes them, with at most one computation for a key at a time.
class Cache {
 public:
  /// `shared`: the cache in Redis; null: none.
  Cache(const CacheSettings& settings, const ChangeLog& change_log, metrics::Metrics& metrics,
        SharedCache* shared = nullptr);

  /// The cached answer for the key, or the result of `compute`, possibly of another request's. Waits at most
  /// until the request's deadline. With RequestContext::read_after the answer is computed for this request
  /// alone. Throws what the computation throws.
  Served get_or_compute(const std::string& key, const Compute& compute, RequestContext& context);

  /// For a request that cannot wait for a computation. True, and counted as a miss, when the cache cannot
  /// answer it: nothing is stored for the key, no computation is in flight, and there is no Redis to ask.
  bool record_unanswerable_miss(const std::string& key);

  /// Applies to answers stored from now on. The size does not change.
  void reload(const CacheSettings& settings) { settings_.set(settings); }

  const ChangeLog& change_log() const { return change_log_; }

  Store::Status status() const { return store_ ? store_->status() : Store::Status{0, 0}; }

 private:
  enum class State { absent, good, refresh_early, stale, old };

  State state_of(const EntryPtr& entry) const;
  bool good(const EntryPtr& entry) const;
  void count(Outcome outcome);
  Served compute_once(const std::string& key, const Compute& compute, RequestContext& context);
  Served lead(const std::string& key, Flight& flight, const Compute& compute, RequestContext& context);
  EntryPtr run(const Compute& compute, ChangeLog::Position began, RequestContext& context);
  bool keep(const std::string& key, const EntryPtr& entry);
  EntryPtr renew(const std::string& key, Flight& flight, const Compute& compute);
  void refresh(const std::string& key, const Compute& compute);
  bool usable_if_error(const EntryPtr& entry) const;
  bool usable_if_error(const EntryPtr& entry, Failure failure) const;

  Live<CacheSettings> settings_;
  const ChangeLog& change_log_;
  metrics::Metrics& metrics_;
  SharedCache* const shared_;
  std::optional<Store> store_;
  SingleFlight single_flight_;
  std::atomic<bool> failing_ = false;   // the last query failed because the database is away or too slow
  std::optional<Refresher> refresher_;  // declared last: its thread uses all members above
};

}  // namespace tailor::cache
