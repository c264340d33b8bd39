#include "cache/cache.hpp"

namespace tailor::cache {
namespace {

// Whether a later attempt, or one on another connection, may succeed.
bool may_pass(Failure failure) {
  return !is_of_the_request(failure) && failure != Failure::client_left && failure != Failure::internal;
}

}  // namespace

Cache::Cache(const CacheSettings& settings, const ChangeLog& change_log, metrics::Metrics& metrics,
             SharedCache* shared)
    : settings_(settings),
      change_log_(change_log),
      metrics_(metrics),
      shared_(shared),
      single_flight_(change_log) {
  if (settings.bytes == 0) return;
  store_.emplace(settings.bytes, metrics.cache_evictions);
  refresher_.emplace();
}

Served Cache::get_or_compute(const std::string& key, const Compute& compute, RequestContext& context) {
  if (!store_) return {run(compute, change_log_.now(), context), Outcome::bypass};
  if (context.read_after > 0) {
    const EntryPtr entry = run(compute, change_log_.now(), context);
    metrics_.cache_misses.Increment();
    return {entry, Outcome::requested, keep(key, entry)};
  }
  const EntryPtr kept = store_->get(key);
  const State state = state_of(kept);
  if (state == State::good || state == State::refresh_early) {
    if (state == State::refresh_early) refresh(key, compute);
    count(Outcome::hit);
    return {kept, Outcome::hit};
  }
  if (state == State::stale || usable_if_error(kept)) {
    refresh(key, compute);
    const bool stale = state == State::stale;
    metrics_.cache_stale[stale ? metrics::Stale::revalidating : metrics::Stale::error].Increment();
    return {kept, stale ? Outcome::revalidating : Outcome::stale_if_error};
  }
  try {
    Served served = compute_once(key, compute, context);
    count(served.outcome);
    if (kept && served.outcome == Outcome::miss) served.outcome = Outcome::replaced;
    return served;
  } catch (const Error& error) {
    metrics_.cache_misses.Increment();
    const EntryPtr old = store_->get(key);  // perhaps from another instance
    if (!usable_if_error(old, error.failure())) throw;
    metrics_.cache_stale[metrics::Stale::error].Increment();
    return {old, Outcome::stale_if_error};
  }
}

bool Cache::record_unanswerable_miss(const std::string& key) {
  if (!store_) return true;
  if (shared_ != nullptr || store_->get(key) || single_flight_.in_flight(key)) return false;
  metrics_.cache_misses.Increment();
  return true;
}

void Cache::count(Outcome outcome) {
  if (outcome == Outcome::hit) {
    metrics_.cache_hits[metrics::CacheLevel::memory].Increment();
  } else if (outcome == Outcome::shared) {
    metrics_.cache_hits[metrics::CacheLevel::redis].Increment();
  } else {
    metrics_.cache_misses.Increment();
  }
}

Cache::State Cache::state_of(const EntryPtr& entry) const {
  if (!entry) return State::absent;
  const auto now = Clock::now();
  if (now >= entry->stale_until || !current(change_log_, *entry)) return State::old;
  if (now >= entry->fresh_until) return State::stale;
  return should_refresh_early(*entry, now) ? State::refresh_early : State::good;
}

bool Cache::good(const EntryPtr& entry) const {
  const State state = state_of(entry);
  return state == State::good || state == State::refresh_early;
}

// The computation of another request may have begun before a change that this request must see, because the
// change committed before this request arrived. Then the next computation is used.
Served Cache::compute_once(const std::string& key, const Compute& compute, RequestContext& context) {
  const ChangeLog::Position asked = change_log_.now();
  for (;;) {
    const auto [flight, leads] = single_flight_.join(key);
    if (leads) return lead(key, *flight, compute, context);
    metrics_.cache_coalesced.Increment();
    const EntryPtr entry = flight->wait({context.deadline, &context});
    if (entry && (flight->began() >= asked || current(change_log_, *entry)))
      return {entry, Outcome::collapsed};
  }
}

// Looks in memory again (another request may have stored the answer meanwhile), then in Redis, and then asks
// the database.
Served Cache::lead(const std::string& key, Flight& flight, const Compute& compute, RequestContext& context) {
  const RequestContext::Sharing sharing(context, flight);
  SharedCacheLookup turn(shared_, key, *settings_.get());
  try {
    const EntryPtr kept = store_->get(key);
    if (good(kept)) {
      single_flight_.complete(key, flight, kept);
      return {kept, Outcome::hit};
    }
    const auto is_good = [this](const EntryPtr& entry) { return good(entry); };
    if (const EntryPtr theirs = turn.find(is_good, context, Seconds::max())) {
      store_->put(key, theirs);
      single_flight_.complete(key, flight, theirs);
      return {theirs, Outcome::shared};
    }
    // An outdated answer from Redis may still serve while the database is away.
    if (turn.found() && (!kept || kept->computed < turn.found()->computed)) store_->put(key, turn.found());
    const EntryPtr entry = run(compute, flight.began(), context);
    const bool stored = keep(key, entry);
    single_flight_.complete(key, flight, entry);
    turn.share(*entry);
    return {entry, Outcome::miss, stored};
  } catch (...) {
    single_flight_.fail(key, flight);
    turn.release();
    throw;
  }
}

// "Not found" is cached only while notifications would announce that the row appears.
bool Cache::keep(const std::string& key, const EntryPtr& entry) {
  return (entry->found() || change_log_.listening()) && store_->put(key, entry);
}

EntryPtr Cache::run(const Compute& compute, ChangeLog::Position began, RequestContext& context) {
  auto entry = std::make_shared<Entry>();
  const auto start = Clock::now();
  try {
    Computed computed = compute(context, began);
    failing_ = false;
    if (computed.body)
      entry->representation = std::make_shared<const content::Representation>(std::move(*computed.body));
    entry->dependencies = std::move(computed.dependencies);
    entry->snapshot = std::move(computed.snapshot);
    entry->origin = std::move(computed.origin);
  } catch (const Error& error) {
    if (may_pass(error.failure())) failing_ = true;
    throw;
  }
  entry->checked = began;
  entry->computed = Clock::now();
  entry->cost = entry->computed - start;
  // Read after the computation: had it changed meanwhile, the change log would reject the position `began`.
  // Without a snapshot the answer is from a standby behind a pooler, which sees changes late.
  entry->notified = entry->found() && change_log_.listening() && !entry->snapshot.empty();
  set_times(*entry, *settings_.get(), entry->notified);
  return entry;
}

void Cache::refresh(const std::string& key, const Compute& compute) {
  const bool offered = refresher_->offer(key, [this, key, compute] {
    const auto flight = single_flight_.lead_if_none(key);
    if (!flight) return;
    try {
      single_flight_.complete(key, *flight, renew(key, *flight, compute));
    } catch (...) {
      single_flight_.fail(key, *flight);  // the next hit tries again
    }
  });
  if (offered) metrics_.cache_refreshes.Increment();
}

// If another instance is computing the answer, the next hit looks again. An answer from Redis is taken only
// if it is much newer than the stored one, which may have come from there.
EntryPtr Cache::renew(const std::string& key, Flight& flight, const Compute& compute) {
  const EntryPtr kept = store_->get(key);
  const auto newer = [&](const EntryPtr& entry) {
    const auto now = Clock::now();
    return state_of(entry) == State::good && (!kept || now - entry->computed < (now - kept->computed) / 2);
  };
  RequestContext nobody(Deadline::max());
  SharedCacheLookup turn(shared_, key, *settings_.get());
  try {
    EntryPtr entry = turn.find(newer, nobody, Seconds{0});
    if (!entry && turn.taken()) return nullptr;
    const bool theirs = entry != nullptr;
    if (!theirs) entry = run(compute, flight.began(), nobody);
    store_->put(key, entry);
    if (!theirs) turn.share(*entry);
    return entry;
  } catch (...) {
    turn.release();
    throw;
  }
}

// While queries fail and notifications are down, the stored answer is served without another query.
bool Cache::usable_if_error(const EntryPtr& entry) const {
  return entry && failing_ && !change_log_.listening() && Clock::now() < entry->error_until;
}

// An answer known to be outdated is served only while the database is away: it cannot be reached, or
// notifications are down.
bool Cache::usable_if_error(const EntryPtr& entry, Failure failure) const {
  if (!entry || !may_pass(failure) || Clock::now() >= entry->error_until) return false;
  return failure == Failure::unavailable || !change_log_.listening() || current(change_log_, *entry);
}

}  // namespace tailor::cache
