#include "redis/pool.hpp"

#include <utility>

#include "base/log.hpp"
#include "base/rate_limiter.hpp"

namespace tailor::redis {
namespace {

using metrics::RedisResult;

// An exchange takes about 0.1 ms, so these carry more misses than the database can compute.
constexpr std::size_t kConnections = 8;
constexpr double kLeast = 0.2;  // share of a budget that another exchange needs
constexpr Seconds kConnect{1};  // in the background

RateLimiter refusals;

}  // namespace

Pool::Pool(PoolSettings settings, metrics::Metrics& metrics)
    : metrics_(metrics), settings_(std::move(settings)), maintenance_thread_([this] { maintain(); }) {}

Pool::~Pool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  maintenance_waker_.notify_all();
  maintenance_thread_.join();
}

Budget Pool::budget() const {
  const std::lock_guard lock(mutex_);
  return Budget(settings_.timeout);
}

std::optional<std::vector<Reply>> Pool::run(const std::vector<Command>& commands, Budget& budget) {
  const auto start = Clock::now();
  const Deadline deadline = after(budget.left());
  // With too little budget left the timeout would be counted as a failure of Redis.
  std::optional<Open> open;
  if (budget.left() > kLeast * budget.all()) open = take(after(budget.left() / 2));
  std::optional<std::vector<Reply>> replies;
  if (!open) {
    metrics_.redis_requests[RedisResult::skipped].Increment();
  } else {
    try {
      replies = open->connection->run(commands, deadline);
      note_refusals(*replies);
    } catch (const Error& error) {
      open->connection.reset();
      metrics_.redis_requests[error.timeout() ? RedisResult::timeout : RedisResult::failed].Increment();
      note_failure(error, false);
    } catch (...) {
      open->connection.reset();
      give_back(std::move(*open));
      throw;
    }
    metrics_.redis_seconds.Observe(Seconds{Clock::now() - start}.count());
    give_back(std::move(*open));
  }
  budget.spend(Clock::now() - start);
  return replies;
}

void Pool::reload(const PoolSettings& settings) {
  const std::lock_guard lock(mutex_);
  if (settings.address != settings_.address) {
    ++generation_;
    drop_idle();
    breaker_ = {};
  }
  settings_ = settings;
  maintenance_waker_.notify_one();
}

// Does not wait if no connection exists that could become free.
std::optional<Pool::Open> Pool::take(Deadline deadline) {
  while (auto open = idle_.take(deadline, [](std::size_t) {})) {
    if (open->connection->alive()) return open;
    const std::lock_guard lock(mutex_);
    lose();
  }
  return std::nullopt;
}

void Pool::give_back(Open open) {
  const std::lock_guard lock(mutex_);
  if (open.connection && open.generation == generation_ && !breaker_.open()) {
    breaker_.succeeded();
    idle_.give(std::move(open));
  } else {
    lose();
  }
}

void Pool::lose() {
  --open_;
  maintenance_waker_.notify_one();
  if (open_ == 0) idle_.close();
}

void Pool::note_failure(const Error& error, bool of_trial) {
  const std::lock_guard lock(mutex_);
  of_trial ? breaker_.trial_failed(Clock::now()) : breaker_.failed(Clock::now());
  if (!breaker_.open()) return;
  metrics_.redis_breaker_open.Set(1);
  drop_idle();
  idle_.close();
  if (reason_ == error.what()) return;
  reason_ = error.what();
  log::warning("redis_down").with("reason", reason_).with("effect", "answers are not shared");
}

// Redis answers with an error: it is full, loading its data, or the user lacks a permission.
void Pool::note_refusals(const std::vector<Reply>& replies) {
  RedisResult result = RedisResult::ok;
  for (const Reply& reply : replies) {
    if (reply.kind != Reply::Kind::error) continue;
    result = RedisResult::refused;
    const std::lock_guard lock(mutex_);
    if (refusal_ != reply.text && refusals.admit()) log::warning("redis_refused").with("reason", reply.text);
    refusal_ = reply.text;
  }
  metrics_.redis_requests[result].Increment();
}

void Pool::drop_idle() {
  open_ -= idle_.take_if([](const Open&) { return true; }).size();
}

void Pool::maintain() {
  idle_.close();  // no connection yet
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (open_ == kConnections) {
      maintenance_waker_.wait(lock);
    } else if (const auto next = breaker_.next_trial(); Clock::now() < next) {
      maintenance_waker_.wait_until(lock, next);
    } else {
      lock.unlock();
      open_one();
      lock.lock();
    }
  }
}

// A slow Redis fails the trial, too.
void Pool::open_one() {
  Open open;
  PoolSettings settings;
  {
    const std::lock_guard lock(mutex_);
    settings = settings_;
    open.generation = generation_;
  }
  try {
    open.connection = std::make_unique<Connection>(settings.address, kConnect);
    const auto replies = open.connection->run({{"PING"}}, after(settings.timeout));
    if (replies[0].kind == Reply::Kind::error) throw Error(replies[0].text);
    const std::lock_guard lock(mutex_);
    if (open.generation != generation_) return;
    breaker_.trial_succeeded();
    metrics_.redis_breaker_open.Set(0);
    ++open_;
    idle_.open();
    idle_.give(std::move(open));
    if (open_ == kConnections && !std::exchange(reason_, {}).empty()) log::info("redis_up");
  } catch (const Error& error) {
    note_failure(error, true);
  }
}

}  // namespace tailor::redis
