#include "cache/cache.hpp"

#include <algorithm>
#include <cmath>
#include <random>

namespace tailor::cache {
namespace {

using database::Failure;

double random_in(double low, double high) {
  thread_local std::minstd_rand random{std::random_device{}()};
  return std::uniform_real_distribution<>(low, high)(random);
}

Clock::duration ticks(Seconds seconds) {
  return std::chrono::duration_cast<Clock::duration>(seconds);
}

// XFetch (VLDB 2015): the nearer the end, and the longer it takes to compute, the likelier it is that this
// hit is the one that has it computed again. So of many hits one comes just in time.
bool soon_old(const Entry& entry, Clock::time_point now) {
  constexpr int unlikely = 32;  // that the logarithm is beyond it
  const Clock::duration left = entry.fresh_until - now;
  if (left > unlikely * entry.cost) return false;
  return Seconds{left} < Seconds{entry.cost} * -std::log(random_in(1e-12, 1));
}

// Another moment, or another connection, may bring an answer.
bool may_pass(Failure failure) {
  return failure != Failure::bad_argument && failure != Failure::client_left && failure != Failure::internal;
}

}  // namespace

Cache::Cache(const CacheSettings& settings, const Journal& journal, metrics::Metrics& metrics)
    : settings_(settings), journal_(journal), metrics_(metrics), flights_(journal) {
  if (settings.bytes == 0) return;
  store_.emplace(settings.bytes, metrics.cache_evictions);
  refresher_.emplace();
}

Served Cache::get_or_compute(const std::string& key, const Compute& compute, Caller& caller) {
  if (!store_) return {run(compute, journal_.now(), caller), Outcome::bypass};
  const EntryPtr kept = store_->get(key);
  const State state = state_of(kept);
  if (state == State::good || state == State::good_soon_old) {
    if (state == State::good_soon_old) refresh(key, compute);
    metrics_.cache_hits[metrics::CacheLevel::memory].Increment();
    return {kept, Outcome::hit};
  }
  if (state == State::stale || may_stand_in(kept)) {
    refresh(key, compute);
    const bool stale = state == State::stale;
    metrics_.cache_stale[stale ? metrics::Stale::revalidating : metrics::Stale::error].Increment();
    return {kept, stale ? Outcome::revalidating : Outcome::stale_if_error};
  }
  metrics_.cache_misses.Increment();
  try {
    Served served = compute_once(key, compute, caller);
    if (kept && served.outcome == Outcome::miss) served.outcome = Outcome::replaced;
    return served;
  } catch (const database::Error& error) {
    if (!may_stand_in(kept, error.failure())) throw;
    metrics_.cache_stale[metrics::Stale::error].Increment();
    return {kept, Outcome::stale_if_error};
  }
}

Cache::State Cache::state_of(const EntryPtr& entry) const {
  if (!entry) return State::absent;
  const auto now = Clock::now();
  if (now >= entry->stale_until || !current(journal_, *entry)) return State::old;
  if (now >= entry->fresh_until) return State::stale;
  return soon_old(*entry, now) ? State::good_soon_old : State::good;
}

// Another request's computation may have begun before this request came, and before a change that this one
// must see. Then it is not for us: the next one is.
Served Cache::compute_once(const std::string& key, const Compute& compute, Caller& caller) {
  const Journal::Position asked = journal_.now();
  for (;;) {
    const auto [flight, leads] = flights_.board(key);
    if (leads) return lead(key, *flight, compute, caller);
    metrics_.cache_coalesced.Increment();
    const EntryPtr entry = flight->wait({caller.deadline, &caller});
    if (entry && (flight->began() >= asked || current(journal_, *entry))) return {entry, Outcome::collapsed};
  }
}

Served Cache::lead(const std::string& key, Flight& flight, const Compute& compute, Caller& caller) {
  const Caller::Sharing sharing(caller, flight);
  try {
    // Computed between our look and our lead?
    EntryPtr entry = store_->get(key);
    const State state = state_of(entry);
    if (state == State::good || state == State::good_soon_old) {
      flights_.land(key, flight, entry);
      return {entry, Outcome::hit};
    }
    entry = run(compute, flight.began(), caller);
    // That there is no such thing is kept only while its coming is told of.
    const bool stored = (entry->found() || journal_.listening()) && store_->put(key, entry);
    flights_.land(key, flight, entry);
    return {entry, Outcome::miss, stored};
  } catch (...) {
    flights_.crash(key, flight);
    throw;
  }
}

EntryPtr Cache::run(const Compute& compute, Journal::Position began, Caller& caller) {
  auto entry = std::make_shared<Entry>();
  const auto start = Clock::now();
  try {
    Computed computed = compute(caller);
    failing_ = false;
    if (computed.body)
      entry->representation = std::make_shared<const http::Representation>(std::move(*computed.body));
    entry->scope = std::move(computed.scope);
    entry->snapshot = std::move(computed.snapshot);
  } catch (const database::Error& error) {
    if (may_pass(error.failure())) failing_ = true;
    throw;
  }
  entry->checked = began;
  entry->computed = Clock::now();
  entry->cost = entry->computed - start;
  // Asked after the computation: had this changed meanwhile, the journal would not take `began` for current.
  const bool told = entry->found() && journal_.listening();
  const auto settings = settings_.get();
  const Seconds ttl = (told ? settings->ttl : settings->ttl_deaf) * random_in(0.9, 1);
  entry->fresh_until = entry->computed + ticks(ttl);
  const Seconds stale = told ? settings->stale : std::min(settings->stale, settings->ttl_deaf);
  entry->stale_until = entry->fresh_until + (entry->found() ? ticks(stale) : Clock::duration{0});
  entry->error_until =
      entry->fresh_until + (entry->found() ? ticks(settings->stale_if_error) : Clock::duration{0});
  return entry;
}

void Cache::refresh(const std::string& key, const Compute& compute) {
  const bool offered = refresher_->offer(key, [this, key, compute] {
    const auto [flight, leads] = flights_.board(key);
    if (!leads) return;
    try {
      Caller nobody(Deadline::max());
      const EntryPtr entry = run(compute, flight->began(), nobody);
      store_->put(key, entry);
      flights_.land(key, *flight, entry);
    } catch (...) {
      flights_.crash(key, *flight);  // the next hit has it tried again
    }
  });
  if (offered) metrics_.cache_refreshes.Increment();
}

// While computations fail and nobody tells of changes, nobody waits for one more to fail.
bool Cache::may_stand_in(const EntryPtr& entry) const {
  return entry && failing_ && !journal_.listening() && Clock::now() < entry->error_until;
}

// What is known to be changed is served only when the database is away: it cannot be reached, or not even
// tells of changes.
bool Cache::may_stand_in(const EntryPtr& entry, Failure failure) const {
  if (!entry || !may_pass(failure) || Clock::now() >= entry->error_until) return false;
  return failure == Failure::unavailable || !journal_.listening() || current(journal_, *entry);
}

}  // namespace tailor::cache
