#include "postgres/pool.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/backoff.hpp"
#include "base/log.hpp"
#include "runtime/poll.hpp"

namespace tailor::postgres {
namespace {

constexpr Seconds kCheck{1};

// Pauses between queries for a standby's replay. A host that is behind for longer is left if others exist.
constexpr Seconds kFirstPause{0.002};
constexpr Seconds kLongestPause{0.25};
constexpr unsigned kPausesOnOneHost = 6;
constexpr std::size_t kNoHost = std::numeric_limits<std::size_t>::max();

// Adds its lifetime to a histogram and to `sum`.
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
  const auto [queries, time] = slot_->connection.drain_completions();
  pool_.admission_.note(queries, time);
  pool_.give_back(std::move(slot_));
}

Pool::Pool(PoolSettings settings, metrics::Metrics& metrics)
    : settings_(std::move(settings)),
      metrics_(metrics),
      hosts_(libpq_parameters(settings_.connection)),
      admission_(settings_.max_waiting),
      missing_(settings_.size),
      queue_(ConnectionSet(settings_.pipeline, admission_)),
      canceller_([this](PipelineSlot slot) { give_back(std::move(slot)); }),
      maintenance_thread_([this] { maintain(); }) {}

Pool::~Pool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_maintenance();
  maintenance_thread_.join();
}

void Pool::wait_until_tried() {
  std::unique_lock lock(mutex_);
  tried_.wait(lock, [this] { return missing_ == 0 || !reason_.empty() || stopping_; });
}

Answer Pool::run(const Query& query, RequestContext& context) {
  const Deadline wait_end = std::min(after(settings_.pool_timeout), context.deadline);
  std::optional<Deadline> answer_end;
  std::size_t host = 0;
  unsigned waits = 0;
  for (std::size_t retries = 0;;) {
    try {
      Answer answer = run_once(query, context, wait_end, answer_end, host);
      yield();  // the next query is sent before this answer is processed
      return answer;
    } catch (const Error& error) {
      if (error.failure() == Failure::head_of_line_blocked) {
        answer_end.reset();  // as if the query had not been sent
        continue;
      }
      if (error.failure() == Failure::query_timeout && waits > 0)
        throw Error(Failure::not_replayed, "no time is left to wait for a standby's replay");
      if (error.failure() == Failure::not_replayed &&
          await_replay(waits++, error.argument().empty() ? host : kNoHost, *answer_end, context))
        continue;
      const bool may_help = is_of_the_connection(error.failure()) || error.failure() == Failure::conflict;
      // After an upgrade all of the pool's sessions have the old library, and each fails once.
      const std::size_t most = error.failure() == Failure::old_library ? settings_.size : 1;
      if (!may_help || retries++ >= most) throw;
    }
  }
}

Answer Pool::run_once(const Query& query, RequestContext& context, Deadline wait_end,
                      std::optional<Deadline>& answer_end, std::size_t& host) {
  const Lease lease = acquire(wait_end, context);
  host = (*lease).host();
  if (!answer_end) answer_end = std::min(after(settings_.query_timeout), context.deadline);
  return ask(query, *lease, {*answer_end, &context}, context.queried);
}

// The first time there is no pause: what the connection knows of the standby may be older than its answer.
bool Pool::await_replay(unsigned retries, std::size_t host, Deadline end, RequestContext& context) {
  metrics_.not_replayed.Increment();
  if (retries == kPausesOnOneHost && host != kNoHost && hosts_.note_behind(host)) leave(host);
  if (retries > 0) {
    const Seconds pause = std::min(kLongestPause, kFirstPause * (1U << std::min(retries, 10U)));
    wait_for(-1, 0, {std::min(end, after(jittered(pause))), &context});
  }
  if (context.left())
    throw Error(Failure::client_left, "the client left before a standby had replayed a change");
  return Clock::now() < end;
}

// Its connections are closed and replaced by some to other hosts.
void Pool::leave(std::size_t host) {
  const auto of_host = [&](const PipelineSlot& slot) { return slot->connection.host() == host; };
  const auto left = queue_.take_if(of_host);
  log::warning("standby_behind")
      .with("effect", "searches go to other hosts")
      .with("connections", left.size());
  const std::lock_guard lock(mutex_);
  up_ -= left.size();
}

std::optional<Error> Pool::refusal(const RequestContext& context) const {
  const auto counts = queue_.counts();
  const Seconds max_wait = std::min(after(settings_.pool_timeout), context.deadline) - Clock::now();
  if (queue_.closed() || (counts.ready && max_wait > Seconds{0})) return std::nullopt;
  return admission_.refusal(counts.waiting, up_, max_wait);
}

PoolStatus Pool::status() const {
  const auto counts = queue_.counts();
  const std::lock_guard lock(mutex_);
  return {settings_.size, up_.load(), counts.idle, counts.waiting, metrics_.standby_lag.Value(), reason_};
}

std::string Pool::origin() const {
  const std::lock_guard lock(mutex_);
  return origin_;
}

bool Pool::replace_unlike(const std::string& fingerprint) {
  std::erase_if(replaced_for_, [](const auto& each) { return each.second <= Clock::now(); });
  const bool replaces = !replaced_for_.contains(fingerprint);
  bool any = false;
  const auto unlike = queue_.take_if([&](const PipelineSlot& slot) {
    const std::string& own = slot->connection.fingerprint();
    const bool differs = !own.empty() && !is_alike(own, fingerprint);
    any = any || differs;
    return differs && replaces;
  });
  if (unlike.empty()) return any;
  replaced_for_[fingerprint] = after(settings_.connection_lifetime);
  count_lost(unlike.size());
  return true;
}

Lease Pool::acquire(Deadline deadline, RequestContext& context) {
  const Stopwatch watch(metrics_.pool_wait_seconds, context.waited);
  const auto admit = [&](std::size_t waiting) {
    if (auto refused = admission_.refusal(waiting, up_, deadline - Clock::now())) throw *std::move(refused);
  };
  while (auto slot = queue_.take({deadline, &context}, admit)) {
    if (!(*slot)->connection.alive()) {
      remove(*slot);
    } else if (context.left() || context.deadline <= Clock::now()) {  // the slot came too late
      give_back(*std::move(slot));
      break;
    } else {
      return {*this, *std::move(slot)};
    }
  }
  if (context.left()) throw Error(Failure::client_left, "the client left before its turn came");
  // The queue was closed meanwhile, even if it is open again.
  if (Clock::now() < deadline || queue_.closed())
    throw Error(Failure::unavailable, "no connection to the database");
  metrics_.pool_timeouts.Increment();
  throw Error(Failure::pool_timeout, "no connection became free in time");
}

Answer Pool::ask(const Query& query, SearchConnection& connection, const WaitOptions& options,
                 Seconds& taken) {
  const Stopwatch watch(metrics_.query_seconds, taken);
  try {
    return query(connection, options);
  } catch (const Error& error) {
    if (error.failure() == Failure::query_timeout) metrics_.query_timeouts.Increment();
    throw;
  }
}

void Pool::give_back(PipelineSlot slot) {
  SearchConnection& connection = slot->connection;
  if (connection.take_abandoned()) return canceller_.stop(std::move(slot));
  if (connection.usable()) return queue_.give(std::move(slot));
  remove(slot);
  wake_maintenance();
}

// Queries in flight keep the removed connection until they have ended.
void Pool::remove(const PipelineSlot& slot) {
  count_lost(queue_.take_if([&](const PipelineSlot& each) { return each == slot; }).size());
}

void Pool::count_lost(std::size_t connections) {
  const std::lock_guard lock(mutex_);
  up_ -= connections;
  lost_ += connections;
}

void Pool::wake_maintenance() const {
  std::shared_ptr<Waker> keeper;
  {
    const std::lock_guard lock(mutex_);
    keeper = maintenance_waker_;
  }
  if (keeper) keeper->wake();
}

void Pool::maintain() {
  std::unique_lock lock(mutex_);
  maintenance_waker_ = own_waker();
  while (!stopping_) {
    lock.unlock();
    close_retired();
    check_connections();
    if (next_attempt() <= Clock::now()) {
      open_one();
    } else {
      poll({}, std::min(next_attempt(), after(kCheck)));
    }
    lock.lock();
  }
}

Deadline Pool::next_attempt() const {
  const std::lock_guard lock(mutex_);
  return missing_ > 0 ? next_attempt_ : Deadline::max();
}

// A connection is replaced only after it is closed: the server never sees more connections than the pool's
// size.
void Pool::close_retired() {
  std::vector<std::unique_ptr<Pooled>> retired;
  {
    const std::lock_guard lock(mutex_);
    retired.swap(retired_);
  }
  const std::size_t closed = retired.size();
  retired.clear();
  const std::lock_guard lock(mutex_);
  missing_ += closed;
}

// Idle connections are checked, so that a dead one is replaced before it is used, and /readyz is accurate.
void Pool::check_connections() {
  count_lost(queue_.take_if([](const PipelineSlot& slot) { return !slot->connection.alive(); }).size());
  renew_one();
}

// Replaces one expired connection at a time, and only while all others are up.
void Pool::renew_one() {
  if (up_ < std::max<std::size_t>(settings_.size, 2)) return;
  bool one = false;
  const auto expired =
      queue_.take_if([&one](const PipelineSlot& slot) { return !one && (one = slot->connection.expired()); });
  const std::lock_guard lock(mutex_);
  up_ -= expired.size();
}

void Pool::open_one() {
  try {
    PipelineSlot slot = open();
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
      origin_ = slot->connection.origin();
      if (missing_ == 0) log::info("database_up").with("connections", up_.load());
    }
    queue_.open();
    queue_.give(std::move(slot));
    tried_.notify_all();
  } catch (const std::exception& error) {
    note_failure(error.what());
  }
}

// Skips the warm-up after an internal error of the server: the data that it reads may cause the error each
// time.
std::unique_ptr<Pooled> Pool::connect() {
  const auto opened = [this](SearchConnection::WarmUp warm_up) {
    return std::make_unique<Pooled>(settings_.connection, hosts_, canceller_.waker(), warm_up);
  };
  try {
    return opened(SearchConnection::WarmUp::yes);
  } catch (const Error& error) {
    if (error.failure() != Failure::suspect_session) throw;
    log::warning("warm_up_failed").with("reason", error.what()).with("effect", "first searches are slower");
  }
  return opened(SearchConnection::WarmUp::no);
}

// When the last slot is returned, the connection is handed to the maintenance thread to be closed.
PipelineSlot Pool::open() {
  auto opened = connect();
  opened->connection.drain_completions();  // the warm-up's queries do not count
  if (hosts_.several()) opened->connection.keep_until(after(jittered(settings_.connection_lifetime)));
  return {opened.release(), [this](Pooled* last) {
            {
              const std::lock_guard lock(mutex_);
              retired_.emplace_back(last);
            }
            wake_maintenance();
          }};
}

void Pool::note_failure(const std::string& reason) {
  metrics_.connect_failures.Increment();
  const std::lock_guard lock(mutex_);
  next_attempt_ = after(backoff(++failures_));
  if (reason != reason_) log::warning("connect_failed").with("reason", reason);
  reason_ = reason;
  // Requests wait while the first attempt runs; once it has failed they are refused at once.
  if (up_ == 0) queue_.close();
  tried_.notify_all();
}

}  // namespace tailor::postgres
