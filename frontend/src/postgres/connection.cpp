#include "postgres/connection.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "postgres/cancellation.hpp"

namespace tailor::postgres {
namespace {

constexpr Seconds kMoment{0.01};  // most abandoned queries end by themselves within this time
constexpr Seconds kStop{1};       // for the server to receive a cancellation, and for the query to end then

// Head-of-line timeout: a query that waits so long behind others, where a query takes a millisecond, is
// retried on another connection.
constexpr Seconds kBlocked{0.1};

bool was_cancelled(const PGresult* result) {
  const char* const sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  return sqlstate != nullptr && std::string_view{sqlstate} == "57014";
}

// Unlocks while it lives.
class Unlocked {
 public:
  explicit Unlocked(std::unique_lock<std::mutex>& lock) : lock_(lock) { lock_.unlock(); }
  Unlocked(const Unlocked&) = delete;
  Unlocked& operator=(const Unlocked&) = delete;
  ~Unlocked() { lock_.lock(); }

 private:
  std::unique_lock<std::mutex>& lock_;
};

void log_notice(void*, const char* message) {
  log::debug("notice").with("message", one_line(message));
}

std::string quoted_identifier(std::string_view identifier) {
  std::string text = "\"";
  for (const char c : identifier) text.append(c == '"' ? 2 : 1, c);
  return text += '"';
}

}  // namespace

Connection::Connection(const ConnectionSettings& settings, Hosts& hosts, std::shared_ptr<Waker> canceller)
    : Connection(settings, hosts.connect(), std::move(canceller)) {}

Connection::Connection(const ConnectionSettings& settings, Hosts::Connected connected,
                       std::shared_ptr<Waker> canceller)
    : search_path_(settings.schema.empty() ? "" : quoted_identifier(settings.schema)),
      place_(std::move(connected.place)),
      host_(connected.host),
      canceller_(std::move(canceller)),
      connection_(std::move(connected.handle)) {
  PQsetNoticeProcessor(connection_.get(), log_notice, nullptr);
  PQsetnonblocking(connection_.get(), 1);
  PQenterPipelineMode(connection_.get());
}

Connection::Result Connection::execute(const std::string& sql, const Texts& values,
                                       const WaitOptions& options) {
  return run(
      [&](PGconn* connection) {
        return PQsendQueryParams(connection, sql.c_str(), static_cast<int>(values.size()), nullptr,
                                 values.data(), nullptr, nullptr, 0);
      },
      options);
}

void Connection::prepare(const char* name, const std::string& sql, const WaitOptions& options) {
  run([&](PGconn* connection) { return PQsendPrepare(connection, name, sql.c_str(), 0, nullptr); }, options);
}

Connection::Result Connection::execute_prepared(const char* name, const Texts& values,
                                                const WaitOptions& options) {
  return run(
      [&](PGconn* connection) {
        return PQsendQueryPrepared(connection, name, static_cast<int>(values.size()), values.data(), nullptr,
                                   nullptr, 0);
      },
      options);
}

// Sends one statement by a libpq function that returns 0 on failure, and waits for its result.
Connection::Result Connection::run(const std::function<int(PGconn*)>& send, const WaitOptions& options) {
  const auto query = std::make_shared<Query>(Query{own_waker()});
  Lock lock(mutex_);
  if (lost_.empty() && (send(connection_.get()) == 0 || PQpipelineSync(connection_.get()) == 0))
    lose(PQerrorMessage(connection_.get()));
  if (!lost_.empty()) throw Error(Failure::connection_lost, lost_);
  query->sent = Clock::now();
  query->cancels = cancels_;
  sent_.push_back(query);
  if (flush() && unsent_) sent_.front()->waker->wake();  // the reader also flushes
  switch (await_or_abandon(*query, options, lock)) {
    case WaitResult::ready:
      return result_of(*query);
    case WaitResult::cancelled:
      throw Error(Failure::client_left, "the client left before the answer came");
    case WaitResult::timed_out:
      break;
  }
  if (Clock::now() < options.deadline)
    throw Error(Failure::head_of_line_blocked, "the queries before it on its connection take long");
  throw Error(Failure::query_timeout, "no answer from the database in time");
}

// False when the connection was lost.
bool Connection::flush() {
  const int unsent = PQflush(connection_.get());
  unsent_ = unsent > 0;
  if (unsent < 0) lose(PQerrorMessage(connection_.get()));
  return unsent >= 0;
}

// The wait throws when memory runs out, or when another thread's read has just closed the socket; in the
// latter case the query is done.
WaitResult Connection::await_or_abandon(Query& query, const WaitOptions& options, Lock& lock) {
  WaitResult result = WaitResult::ready;
  try {
    result = await(query, options, lock);
  } catch (...) {
    if (query.done) return WaitResult::ready;
    abandon(query);
    throw;
  }
  if (result != WaitResult::ready) abandon(query);
  return result;
}

// The reader (the oldest query) waits for the socket. The others wait until the reader has their result, or
// until they become the reader.
WaitResult Connection::await(const Query& query, const WaitOptions& options, Lock& lock) {
  const Deadline blocked = after(kBlocked);
  while (!query.done) {
    const short events = events_for(query);
    WaitOptions own = options;
    if (events == 0) own.deadline = std::min(own.deadline, blocked);
    const WaitResult result = [&] {
      const Unlocked meanwhile(lock);
      return wait_for(events == 0 ? -1 : socket(), events, own, [&] {
        const Lock look(mutex_);
        return query.done || events_for(query) != events;
      });
    }();
    if (!query.done && result != WaitResult::ready && events_for(query) == events) return result;
    if (events != 0 && !query.done) read(query);
  }
  return WaitResult::ready;
}

short Connection::events_for(const Query& query) const {
  if (sent_.empty() || sent_.front().get() != &query) return 0;
  return unsent_ ? POLLIN | POLLOUT : POLLIN;
}

void Connection::read(const Query& reader) {
  if (!flush()) return;
  if (PQconsumeInput(connection_.get()) == 0) return lose(PQerrorMessage(connection_.get()));
  take_results(reader);
}

// A query's result is followed by a null pointer, and then by the sync result that ends the query. Two null
// pointers in a row mean that libpq expects no more results.
void Connection::take_results(const Query& reader) {
  for (int nulls = 0; !sent_.empty() && PQisBusy(connection_.get()) == 0;) {
    Result next(PQgetResult(connection_.get()), &PQclear);
    nulls = next ? 0 : nulls + 1;
    if (nulls > 1) return lose("a result that was awaited did not come");
    if (!next) continue;
    if (PQresultStatus(next.get()) == PGRES_PIPELINE_SYNC) {
      end_oldest(reader);
    } else if (!sent_.front()->result) {
      sent_.front()->result = std::move(next);
    }
  }
  if (!sent_.empty() && sent_.front().get() != &reader) sent_.front()->waker->wake();  // the next reader
}

void Connection::end_oldest(const Query& reader) {
  const auto oldest = std::move(sent_.front());
  sent_.pop_front();
  note_end(*oldest);
  oldest->done = true;
  if (oldest->given_up) --abandoned_;
  if (oldest.get() != &reader) oldest->waker->wake();
}

// The server starts a query when it has finished the previous one.
void Connection::note_end(const Query& oldest) {
  const auto now = Clock::now();
  ended_.time += now - std::max(oldest.sent, last_end_);
  ++ended_.queries;
  last_end_ = now;
}

// The result will still arrive; the canceller receives it.
void Connection::abandon(Query& query) {
  query.given_up = true;
  query.waker = canceller_;
  ++abandoned_;
  ++unclaimed_;
}

// A query that was cancelled instead of an earlier one is reported as head_of_line_blocked, to be retried.
Connection::Result Connection::result_of(Query& query) {
  if (!query.result) throw Error(Failure::connection_lost, lost_);
  const auto status = PQresultStatus(query.result.get());
  if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) return std::move(query.result);
  const Error error = error_from(query.result.get());
  if (is_of_the_connection(error.failure())) broken_ = true;
  if (query.cancels != cancels_ && was_cancelled(query.result.get()))
    throw Error(Failure::head_of_line_blocked, error.what());
  throw error;
}

bool Connection::alive() {
  const Lock lock(mutex_);
  // An idle connection may receive a notice, or a final message and, with the next read, the end of the
  // connection.
  for (pollfd now{socket(), POLLIN, 0}; !broken_ && sent_.empty() && ::poll(&now, 1, 0) != 0;) {
    if (PQconsumeInput(connection_.get()) == 0) lose(PQerrorMessage(connection_.get()));
    PQisBusy(connection_.get());  // makes libpq parse what it read
  }
  return !broken_;
}

Connection::Completions Connection::drain_completions() {
  const Lock lock(mutex_);
  return std::exchange(ended_, {});
}

bool Connection::take_abandoned() {
  const Lock lock(mutex_);
  if (unclaimed_ == 0) return false;
  --unclaimed_;
  return true;
}

bool Connection::stop_abandoned() {
  Lock lock(mutex_);
  const auto found =
      std::ranges::find_if(sent_, &Query::given_up, [](auto& query) -> Query& { return *query; });
  if (found == sent_.end()) return true;
  if (found != sent_.begin()) return false;
  const auto query = *found;
  try {
    stop(*query, lock);
  } catch (const std::exception& error) {  // out of memory
    lose(error.what());
  }
  return true;
}

// A query that ended as cancelled has consumed its cancellation. After any other end the cancellation may
// still arrive and hit the next query, so the connection is not used again.
void Connection::stop(const Query& query, Lock& lock) {
  if (await(query, after(kMoment), lock) == WaitResult::ready) return;
  if (!cancel(lock)) return lose("the server took no cancellation in time");
  if (await(query, after(kStop), lock) != WaitResult::ready) return lose("an abandoned query did not stop");
  if (!query.result || !was_cancelled(query.result.get())) broken_ = true;
}

// False when the cancellation may still arrive later.
bool Connection::cancel(Lock& lock) {
  Cancellation cancellation(PQgetCancel(connection_.get()), &PQfreeCancel);
  ++cancels_;  // for queries sent before; below for queries sent meanwhile
  bool heard = false;
  {
    const Unlocked meanwhile(lock);
    heard = send(std::move(cancellation), after(kStop));
  }
  ++cancels_;
  return heard;
}

// Queries whose result has arrived keep it; the others end without one.
void Connection::lose(const std::string& reason) {
  broken_ = true;
  if (lost_.empty()) lost_ = reason.empty() ? "the connection was lost" : one_line(reason);
  if (!sent_.empty()) note_end(*sent_.front());
  for (const auto& query : std::exchange(sent_, {})) {
    query->done = true;
    query->waker->wake();
  }
  abandoned_ = 0;
}

std::optional<std::string> Connection::next_notification() {
  const Lock lock(mutex_);
  const std::unique_ptr<PGnotify, decltype(&PQfreemem)> notification(PQnotifies(connection_.get()),
                                                                     &PQfreemem);
  if (!notification) return std::nullopt;
  return notification->extra;
}

}  // namespace tailor::postgres
