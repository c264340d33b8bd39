#include "database/pool.hpp"

#include <algorithm>
#include <utility>

#include "database/backoff.hpp"
#include "log.hpp"
#include "waiting/poll.hpp"

namespace tailor::database {
namespace {

constexpr Seconds kCheck{1};

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
  const auto [queries, time] = place_->connection.pipeline().take_ended();
  pool_.admission_.note(queries, time);
  pool_.give_back(std::move(place_));
}

Pool::Pool(PoolSettings settings, metrics::Metrics& metrics)
    : settings_(std::move(settings)),
      metrics_(metrics),
      hosts_(libpq_parameters(settings_.connection)),
      admission_(settings_.max_waiting),
      missing_(settings_.size),
      queue_(Pipelines(settings_.pipeline, admission_)),
      stopper_([this](Place place) { give_back(std::move(place)); }),
      keeper_([this] { keep(); }) {}

Pool::~Pool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_keeper();
  keeper_.join();
}

void Pool::wait_until_tried() {
  std::unique_lock lock(mutex_);
  tried_.wait(lock, [this] { return missing_ == 0 || !reason_.empty() || stopping_; });
}

Answer Pool::run(const Query& query, Caller& caller) {
  const Deadline wait_end = std::min(after(settings_.pool_timeout), caller.deadline);
  std::optional<Deadline> answer_end;
  for (bool again = false;;) {
    try {
      Answer answer = run_once(query, caller, wait_end, answer_end);
      yield();  // the next query is sent before this one's answer is made
      return answer;
    } catch (const Error& error) {
      if (error.failure() == Failure::blocked) {
        answer_end.reset();  // as if it had not been asked
        continue;
      }
      const bool may_help = is_of_the_connection(error.failure()) || error.failure() == Failure::conflict;
      if (!may_help || std::exchange(again, true)) throw;
    }
  }
}

Answer Pool::run_once(const Query& query, Caller& caller, Deadline wait_end,
                      std::optional<Deadline>& answer_end) {
  const Lease lease = acquire(wait_end, caller);
  if (!answer_end) answer_end = std::min(after(settings_.query_timeout), caller.deadline);
  return ask(query, *lease, {*answer_end, &caller}, caller.queried);
}

std::optional<Error> Pool::refusal(const Caller& caller) const {
  const auto counts = queue_.counts();
  const Seconds patience = std::min(after(settings_.pool_timeout), caller.deadline) - Clock::now();
  if (queue_.closed() || (counts.ready && patience > Seconds{0})) return std::nullopt;
  return admission_.refusal(counts.waiting, up_, patience);
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

bool Pool::replace_unlike(const std::string& fingerprint) {
  std::erase_if(replaced_for_, [](const auto& each) { return each.second <= Clock::now(); });
  const bool replaces = !replaced_for_.contains(fingerprint);
  bool any = false;
  const auto unlike = queue_.take_if([&](const Place& place) {
    const std::string& own = place->connection.fingerprint();
    const bool differs = !own.empty() && own != fingerprint;
    any = any || differs;
    return differs && replaces;
  });
  if (unlike.empty()) return any;
  replaced_for_[fingerprint] = after(settings_.connection_lifetime);
  count_lost(unlike.size());
  return true;
}

Lease Pool::acquire(Deadline deadline, Caller& caller) {
  const Stopwatch watch(metrics_.pool_wait_seconds, caller.waited);
  const auto admit = [&](std::size_t waiting) {
    if (auto refused = admission_.refusal(waiting, up_, deadline - Clock::now())) throw *std::move(refused);
  };
  while (auto place = queue_.take({deadline, &caller}, admit)) {
    if (!(*place)->connection.pipeline().alive()) {
      remove(*place);
    } else if (caller.left() || caller.deadline <= Clock::now()) {  // his turn came, but too late
      give_back(*std::move(place));
      break;
    } else {
      return {*this, *std::move(place)};
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

void Pool::give_back(Place place) {
  Pipeline& pipeline = place->connection.pipeline();
  if (pipeline.claim_abandoned()) return stopper_.stop(std::move(place));
  if (pipeline.usable()) return queue_.give(std::move(place));
  remove(place);
  wake_keeper();
}

// Whose queries are under way there keep it until these have ended.
void Pool::remove(const Place& place) {
  count_lost(queue_.take_if([&](const Place& each) { return each == place; }).size());
}

void Pool::count_lost(std::size_t connections) {
  const std::lock_guard lock(mutex_);
  up_ -= connections;
  lost_ += connections;
}

void Pool::wake_keeper() const {
  std::shared_ptr<Waker> keeper;
  {
    const std::lock_guard lock(mutex_);
    keeper = keeper_wakes_;
  }
  if (keeper) keeper->wake();
}

void Pool::keep() {
  std::unique_lock lock(mutex_);
  keeper_wakes_ = own_waker();
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

// Only when the old connection is closed is it replaced: the server never sees more than the pool's size.
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

// A connection that died while nobody used it is replaced before somebody does, and /readyz tells the truth.
void Pool::check_connections() {
  count_lost(queue_.take_if([](const Place& place) { return !place->connection.pipeline().alive(); }).size());
  renew_one();
}

// One at a time, and only while the others serve.
void Pool::renew_one() {
  if (up_ < std::max<std::size_t>(settings_.size, 2)) return;
  bool one = false;
  const auto outlived =
      queue_.take_if([&one](const Place& place) { return !one && (one = place->connection.outlived()); });
  const std::lock_guard lock(mutex_);
  up_ -= outlived.size();
}

void Pool::open_one() {
  try {
    Place place = open();
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
      origin_ = place->connection.origin();
      if (missing_ == 0) log::info("database_up").with("connections", up_.load());
    }
    queue_.open();
    queue_.give(std::move(place));
    tried_.notify_all();
  } catch (const std::exception& error) {
    note_failure(error.what());
  }
}

// An internal error of the server may come from the data that the warm-up reads, and would come again.
std::unique_ptr<Pooled> Pool::connect() {
  const auto opened = [this](Connection::WarmUp warm_up) {
    return std::make_unique<Pooled>(settings_.connection, hosts_, stopper_.waker(), warm_up);
  };
  try {
    return opened(Connection::WarmUp::yes);
  } catch (const Error& error) {
    if (error.failure() != Failure::suspect_session) throw;
    log::warning("warm_up_failed").with("reason", error.what()).with("effect", "first searches are slower");
  }
  return opened(Connection::WarmUp::no);
}

// When its last place is given back it comes to be closed, by whoever it may be.
Pool::Place Pool::open() {
  auto opened = connect();
  opened->connection.pipeline().take_ended();  // of its warm-up, which tells nothing
  if (hosts_.several()) opened->connection.keep_until(after(jittered(settings_.connection_lifetime)));
  return {opened.release(), [this](Pooled* last) {
            {
              const std::lock_guard lock(mutex_);
              retired_.emplace_back(last);
            }
            wake_keeper();
          }};
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

}  // namespace tailor::database
