#include "database/pool.hpp"

#include <algorithm>

#include "database/backoff.hpp"
#include "log.hpp"

namespace tailor::database {
namespace {

constexpr Seconds kIdleCheck{1};

// Adds the time that it lives to a histogram and to `sum`.
class Stopwatch {
 public:
  Stopwatch(metrics::Histogram& histogram, Seconds& sum) : histogram_(histogram), sum_(sum) {}
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;
  ~Stopwatch() {
    const Seconds time = Clock::now() - start_;
    histogram_.Observe(time.count());
    sum_ += time;
  }

 private:
  metrics::Histogram& histogram_;
  Seconds& sum_;
  const Clock::time_point start_ = Clock::now();
};

}  // namespace

Lease::~Lease() {
  pool_.admission_.note(Clock::now() - since_);
  pool_.give_back(std::move(connection_));
  yield();  // the next query is sent before this one's answer is made
}

Pool::Pool(PoolSettings settings, metrics::Metrics& metrics)
    : settings_(std::move(settings)),
      metrics_(metrics),
      hosts_(libpq_parameters(settings_.connection)),
      admission_(settings_.max_waiting),
      missing_(settings_.size),
      keeper_([this] { keep(); }) {}

Pool::~Pool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  keeper_wakes_.notify_all();
  keeper_.join();
}

void Pool::wait_until_tried() {
  std::unique_lock lock(mutex_);
  tried_.wait(lock, [this] { return missing_ == 0 || !reason_.empty() || stopping_; });
}

Answer Pool::run(const Query& query, Caller& caller) {
  const Deadline wait_end = std::min(after(settings_.pool_timeout), caller.deadline);
  std::optional<Deadline> answer_end;
  for (bool again = false;; again = true) {
    const Lease lease = acquire(wait_end, caller);
    if (!answer_end) answer_end = std::min(after(settings_.query_timeout), caller.deadline);
    try {
      return ask(query, *lease, {*answer_end, &caller}, caller.queried);
    } catch (const Error& error) {
      const bool may_help = is_of_the_connection(error.failure()) || error.failure() == Failure::conflict;
      if (!may_help || again) throw;
    }
  }
}

std::optional<Error> Pool::refusal(const Caller& caller) const {
  const auto counts = queue_.counts();
  if (counts.idle > 0 || queue_.closed()) return std::nullopt;
  const Deadline wait_end = std::min(after(settings_.pool_timeout), caller.deadline);
  return admission_.refusal(counts.waiting, up_, wait_end - Clock::now());
}

PoolStatus Pool::status() const {
  const auto counts = queue_.counts();
  const std::lock_guard lock(mutex_);
  return {settings_.size, up_.load(), counts.idle, counts.waiting, reason_};
}

std::string Pool::origin() const {
  const std::lock_guard lock(mutex_);
  return origin_;
}

Lease Pool::acquire(Deadline deadline, Caller& caller) {
  const Stopwatch watch(metrics_.pool_wait_seconds, caller.waited);
  const auto admit = [&](std::size_t waiting) {
    if (auto refused = admission_.refusal(waiting, up_, deadline - Clock::now())) throw *std::move(refused);
  };
  while (auto connection = queue_.take({deadline, &caller}, admit)) {
    if (!(*connection)->alive()) {
      retire(std::move(*connection));
    } else if (caller.left()) {
      give_back(std::move(*connection));
      break;
    } else {
      return {*this, std::move(*connection)};
    }
  }
  if (caller.left()) throw Error(Failure::client_left, "the client left before its turn came");
  // Sent away before its time by a closed queue, even if that is open again by now.
  if (Clock::now() < deadline || queue_.closed())
    throw Error(Failure::unavailable, "no connection to the database");
  metrics_.pool_timeouts.Increment();
  throw Error(Failure::pool_timeout, "no connection became free in time");
}

Answer Pool::ask(const Query& query, Connection& connection, const Patience& patience, Seconds& taken) {
  const Stopwatch watch(metrics_.query_seconds, taken);
  try {
    return query(connection, patience);
  } catch (const Error& error) {
    if (error.failure() == Failure::query_timeout) metrics_.query_timeouts.Increment();
    throw;
  }
}

void Pool::give_back(std::unique_ptr<Connection> connection) {
  if (!connection->usable()) {
    retire(std::move(connection));
  } else if (!connection->outlived() || !renew(connection)) {
    queue_.give(std::move(connection));
  }
}

// One at a time, and only while the others serve.
bool Pool::renew(std::unique_ptr<Connection>& connection) {
  {
    const std::lock_guard lock(mutex_);
    if (up_ < settings_.size || up_ < 2) return false;
    --up_;
    retired_.push_back(std::move(connection));
  }
  keeper_wakes_.notify_one();
  return true;
}

void Pool::retire(std::unique_ptr<Connection> connection) {
  {
    const std::lock_guard lock(mutex_);
    --up_;
    ++lost_;
    retired_.push_back(std::move(connection));
  }
  keeper_wakes_.notify_one();
}

void Pool::keep() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (!retired_.empty()) {
      Retired retired = std::move(retired_.back());
      retired_.pop_back();
      lock.unlock();
      bury(std::move(retired));
    } else if (missing_ > 0 && Clock::now() >= next_attempt_) {
      lock.unlock();
      open_one();
    } else {
      const Deadline idle_check = after(kIdleCheck);
      keeper_wakes_.wait_until(lock, missing_ > 0 ? std::min(next_attempt_, idle_check) : idle_check);
      lock.unlock();
      check_idle();
    }
    lock.lock();
  }
}

// Only when the old connection is closed is it replaced: the server never sees more than the pool's size.
void Pool::bury(Retired retired) {
  if (retired->stop_abandoned()) return resume(std::move(retired));
  retired.reset();
  const std::lock_guard lock(mutex_);
  ++missing_;
}

void Pool::resume(Retired stopped) {
  {
    const std::lock_guard lock(mutex_);
    ++up_;
    --lost_;
  }
  queue_.open();
  give_back(std::move(stopped));
}

void Pool::open_one() {
  try {
    auto connection = std::make_unique<Connection>(settings_.connection, hosts_);
    if (hosts_.several()) connection->keep_until(after(jittered(settings_.connection_lifetime)));
    {
      const std::lock_guard lock(mutex_);
      --missing_;
      ++up_;
      if (lost_ > 0) {
        --lost_;
        metrics_.reconnects.Increment();
      }
      failures_ = 0;
      reason_.clear();
      origin_ = connection->origin();
      if (missing_ == 0) log::info("database_up").with("connections", up_.load());
    }
    queue_.open();
    queue_.give(std::move(connection));
    tried_.notify_all();
  } catch (const std::exception& error) {
    note_failure(error.what());
  }
}

void Pool::note_failure(const std::string& reason) {
  metrics_.connect_failures.Increment();
  const std::lock_guard lock(mutex_);
  next_attempt_ = after(backoff(++failures_));
  if (reason != reason_) log::warning("connect_failed").with("reason", reason);
  reason_ = reason;
  // Until this failed there was hope, and requests waited; now they are told at once.
  if (up_ == 0) queue_.close();
  tried_.notify_all();
}

// A connection that died while nobody used it is replaced before somebody does, and /readyz tells the truth.
void Pool::check_idle() {
  for (auto& dead : queue_.take_if([](auto& connection) { return !connection->alive(); }))
    retire(std::move(dead));
  for (auto& old : queue_.take_if([](auto& connection) { return connection->outlived(); }))
    give_back(std::move(old));
}

}  // namespace tailor::database
