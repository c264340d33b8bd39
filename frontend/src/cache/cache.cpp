#include "cache/cache.hpp"

#include "cache/shown.hpp"

namespace tailor::cache {
namespace {

using database::Failure;

// Another moment, or another connection, may bring an answer.
bool may_pass(Failure failure) {
  return !database::is_of_the_request(failure) && failure != Failure::client_left &&
         failure != Failure::internal;
}

}  // namespace

Cache::Cache(const CacheSettings& settings, const Journal& journal, metrics::Metrics& metrics,
             SharedLevel* shared)
    : settings_(settings), journal_(journal), metrics_(metrics), shared_(shared), flights_(journal) {
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
    count(Outcome::hit);
    return {kept, Outcome::hit};
  }
  if (state == State::stale || may_stand_in(kept)) {
    refresh(key, compute);
    const bool stale = state == State::stale;
    metrics_.cache_stale[stale ? metrics::Stale::revalidating : metrics::Stale::error].Increment();
    return {kept, stale ? Outcome::revalidating : Outcome::stale_if_error};
  }
  try {
    Served served = compute_once(key, compute, caller);
    count(served.outcome);
    if (kept && served.outcome == Outcome::miss) served.outcome = Outcome::replaced;
    return served;
  } catch (const database::Error& error) {
    metrics_.cache_misses.Increment();
    const EntryPtr old = store_->get(key);  // perhaps of another instance's
    if (!may_stand_in(old, error.failure())) throw;
    metrics_.cache_stale[metrics::Stale::error].Increment();
    return {old, Outcome::stale_if_error};
  }
}

bool Cache::give_up(const std::string& key) {
  if (!store_) return true;
  if (shared_ != nullptr || store_->get(key) || flights_.under_way(key)) return false;
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
  if (now >= entry->stale_until || !current(journal_, *entry)) return State::old;
  if (now >= entry->fresh_until) return State::stale;
  return soon_old(*entry, now) ? State::good_soon_old : State::good;
}

bool Cache::good(const EntryPtr& entry) const {
  const State state = state_of(entry);
  return state == State::good || state == State::good_soon_old;
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

// Asks, in this order: the memory again, as it may have been computed between our look and our lead; the
// other instances; the database.
Served Cache::lead(const std::string& key, Flight& flight, const Compute& compute, Caller& caller) {
  const Caller::Sharing sharing(caller, flight);
  SharedLevel::Turn turn(shared_, key, *settings_.get());
  try {
    const EntryPtr kept = store_->get(key);
    if (good(kept)) {
      flights_.land(key, flight, kept);
      return {kept, Outcome::hit};
    }
    const auto is_good = [this](const EntryPtr& entry) { return good(entry); };
    if (const EntryPtr theirs = turn.find(is_good, caller, Seconds::max())) {
      store_->put(key, theirs);
      flights_.land(key, flight, theirs);
      return {theirs, Outcome::shared};
    }
    // What is not good may be better than nothing.
    if (turn.found() && (!kept || kept->computed < turn.found()->computed)) store_->put(key, turn.found());
    const EntryPtr entry = run(compute, flight.began(), caller);
    const bool stored = keep(key, entry);
    flights_.land(key, flight, entry);
    turn.share(*entry);
    return {entry, Outcome::miss, stored};
  } catch (...) {
    flights_.crash(key, flight);
    turn.release();
    throw;
  }
}

// That there is no such thing is kept only while its coming is told of.
bool Cache::keep(const std::string& key, const EntryPtr& entry) {
  return (entry->found() || journal_.listening()) && store_->put(key, entry);
}

EntryPtr Cache::run(const Compute& compute, Journal::Position began, Caller& caller) {
  auto entry = std::make_shared<Entry>();
  const auto start = Clock::now();
  try {
    Computed computed = compute(caller);
    failing_ = false;
    if (computed.body && store_)  // what is not kept need not be known to be changed
      computed.scope.shown = shown_ids(*computed.body);
    if (computed.body)
      entry->representation = std::make_shared<const http::Representation>(std::move(*computed.body));
    entry->scope = std::move(computed.scope);
    entry->snapshot = std::move(computed.snapshot);
    entry->origin = std::move(computed.origin);
  } catch (const database::Error& error) {
    if (may_pass(error.failure())) failing_ = true;
    throw;
  }
  entry->checked = began;
  entry->computed = Clock::now();
  entry->cost = entry->computed - start;
  // Asked after the computation: had this changed meanwhile, the journal would not take `began` for current.
  entry->told = entry->found() && journal_.listening();
  set_times(*entry, *settings_.get(), entry->told);
  return entry;
}

void Cache::refresh(const std::string& key, const Compute& compute) {
  const bool offered = refresher_->offer(key, [this, key, compute] {
    const auto flight = flights_.lead_if_none(key);
    if (!flight) return;
    try {
      flights_.land(key, *flight, renew(key, *flight, compute));
    } catch (...) {
      flights_.crash(key, *flight);  // the next hit has it tried again
    }
  });
  if (offered) metrics_.cache_refreshes.Increment();
}

// Another instance may have done it, or be doing it: then the next hit looks again. What it has must be much
// newer than ours, which may be its own.
EntryPtr Cache::renew(const std::string& key, Flight& flight, const Compute& compute) {
  const EntryPtr kept = store_->get(key);
  const auto newer = [&](const EntryPtr& entry) {
    const auto now = Clock::now();
    return state_of(entry) == State::good && (!kept || now - entry->computed < (now - kept->computed) / 2);
  };
  Caller nobody(Deadline::max());
  SharedLevel::Turn turn(shared_, key, *settings_.get());
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
