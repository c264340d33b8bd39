#include "database/pipeline.hpp"

#include <algorithm>
#include <utility>

#include "log.hpp"

namespace tailor::database {
namespace {

constexpr Seconds kMoment{0.01};  // for a query that was given up to end by itself: most do
constexpr Seconds kStop{1};       // ... and when it was cancelled

// Who waits so long for those before him, where a query takes a millisecond, waits behind one that is stuck:
// another connection may answer him.
constexpr Seconds kBlocked{0.1};

bool was_cancelled(const PGresult* result) {
  const char* const sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  return sqlstate != nullptr && std::string_view{sqlstate} == "57014";
}

void log_notice(void*, const char* message) {
  log::debug("notice").with("message", one_line(message));
}

}  // namespace

Pipeline::Pipeline(Hosts::Connected connected)
    : place_(std::move(connected.place)), connection_(std::move(connected.handle)) {
  PQsetNoticeProcessor(connection_.get(), log_notice, nullptr);
  PQsetnonblocking(connection_.get(), 1);
  PQenterPipelineMode(connection_.get());
}

Pipeline::Result Pipeline::run(const std::function<int(PGconn*)>& send, const Patience& patience) {
  const auto query = std::make_shared<Query>(Query{own_waker()});
  Lock lock(mutex_);
  if (lost_.empty() && (send(connection_.get()) == 0 || PQpipelineSync(connection_.get()) == 0))
    lose(PQerrorMessage(connection_.get()));
  if (!lost_.empty()) throw Error(Failure::connection_lost, lost_);
  query->sent = Clock::now();
  query->cancels = cancels_;
  sent_.push_back(query);
  unsent_ = PQflush(connection_.get()) != 0;
  if (unsent_) sent_.front()->waker->wake();  // who reads also sends
  const Woken woken = await(*query, patience, lock);
  if (woken != Woken::ready) give_up(*query, woken, patience);
  return result_of(*query);
}

// Who reads waits for the socket; the others for him to come to their result, or to leave the reading to
// them.
Woken Pipeline::await(const Query& query, const Patience& patience, Lock& lock) {
  const Deadline blocked = after(kBlocked);
  while (!query.done) {
    const short events = events_for(query);
    Patience own = patience;
    if (events == 0) own.deadline = std::min(own.deadline, blocked);
    lock.unlock();
    const Woken woken = wait_for(events == 0 ? -1 : socket(), events, own, [&] {
      const Lock look(mutex_);
      return query.done || events_for(query) != events;
    });
    lock.lock();
    if (!query.done && woken != Woken::ready && events_for(query) == events) return woken;
    if (events != 0 && !query.done) read(query);
  }
  return Woken::ready;
}

short Pipeline::events_for(const Query& query) const {
  if (sent_.empty() || sent_.front().get() != &query) return 0;
  return unsent_ ? POLLIN | POLLOUT : POLLIN;
}

void Pipeline::read(const Query& reader) {
  const int unsent = PQflush(connection_.get());
  unsent_ = unsent > 0;
  if (unsent < 0 || PQconsumeInput(connection_.get()) == 0) return lose(PQerrorMessage(connection_.get()));
  take_results(reader);
}

// A query's result is followed by a null pointer, and then by the result of its synchronization, which ends
// it. A second null pointer says that libpq knows of no more queries.
void Pipeline::take_results(const Query& reader) {
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
  if (!sent_.empty() && sent_.front().get() != &reader) sent_.front()->waker->wake();  // he reads now
}

void Pipeline::end_oldest(const Query& reader) {
  const auto oldest = std::move(sent_.front());
  sent_.pop_front();
  note_end(*oldest);
  oldest->done = true;
  if (oldest->given_up) --abandoned_;
  if (oldest.get() != &reader) oldest->waker->wake();
}

// The server began with it when it had ended the one before.
void Pipeline::note_end(const Query& oldest) {
  const auto now = Clock::now();
  ended_.time += now - std::max(oldest.sent, last_end_);
  ++ended_.queries;
  last_end_ = now;
}

// Its result will come all the same, and goes to who stops it.
void Pipeline::give_up(Query& query, Woken why, const Patience& patience) {
  query.given_up = true;
  query.waker = keeper_;
  ++abandoned_;
  ++unclaimed_;
  if (why == Woken::left) throw Error(Failure::client_left, "the client left before the answer came");
  if (Clock::now() < patience.deadline)
    throw Error(Failure::blocked, "the queries before it on its connection take long");
  throw Error(Failure::query_timeout, "no answer from the database in time");
}

// Whose query ends by a cancellation that was meant for one before it is to run it again.
Pipeline::Result Pipeline::result_of(Query& query) {
  if (!query.result) throw Error(Failure::connection_lost, lost_);
  const auto status = PQresultStatus(query.result.get());
  if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) return std::move(query.result);
  const Error error = error_from(query.result.get());
  if (is_of_the_connection(error.failure())) broken_ = true;
  if (query.cancels != cancels_ && was_cancelled(query.result.get()))
    throw Error(Failure::blocked, error.what());
  throw error;
}

bool Pipeline::alive() {
  const Lock lock(mutex_);
  // What an idle connection gets to read is a notice, or a last message and, in the next read, the end.
  for (pollfd now{socket(), POLLIN, 0}; !broken_ && sent_.empty() && ::poll(&now, 1, 0) != 0;) {
    if (PQconsumeInput(connection_.get()) == 0) lose(PQerrorMessage(connection_.get()));
    PQisBusy(connection_.get());  // makes libpq take in what it read
  }
  return !broken_;
}

Pipeline::Ended Pipeline::take_ended() {
  const Lock lock(mutex_);
  return std::exchange(ended_, {});
}

bool Pipeline::claim_abandoned() {
  const Lock lock(mutex_);
  if (unclaimed_ == 0) return false;
  --unclaimed_;
  return true;
}

// A query that was cancelled has had its cancellation: what is asked next is safe from it. One that ended in
// another way has not, and the cancellation may still be on its way: no more is asked there.
Pipeline::Stopped Pipeline::stop_abandoned() {
  Lock lock(mutex_);
  const auto found =
      std::ranges::find_if(sent_, &Query::given_up, [](auto& query) -> Query& { return *query; });
  if (found == sent_.end()) return usable() ? Stopped::yes : Stopped::no;
  const auto query = *found;
  if (found != sent_.begin()) return Stopped::not_yet;
  if (await(*query, after(kMoment), lock) == Woken::ready) return usable() ? Stopped::yes : Stopped::no;
  cancel(lock);
  const bool stopped = await(*query, after(kStop), lock) == Woken::ready;
  if (query->result && was_cancelled(query->result.get())) return Stopped::yes;
  broken_ = true;
  if (!stopped) lose("a query that nobody awaited did not stop");
  return Stopped::no;
}

void Pipeline::cancel(Lock& lock) {
  const std::unique_ptr<PGcancel, decltype(&PQfreeCancel)> request(PQgetCancel(connection_.get()),
                                                                   &PQfreeCancel);
  ++cancels_;  // for what was sent before, and below for what is sent meanwhile
  lock.unlock();
  char reason[256];
  if (request && PQcancel(request.get(), reason, sizeof reason) == 0) {
    log::debug("cancel_failed").with("reason", one_line(reason));
  }
  lock.lock();
  ++cancels_;
}

// Whoever's result has come has it; the others are told by having none.
void Pipeline::lose(const std::string& reason) {
  broken_ = true;
  if (lost_.empty()) lost_ = reason.empty() ? "the connection was lost" : one_line(reason);
  if (!sent_.empty()) note_end(*sent_.front());
  for (const auto& query : std::exchange(sent_, {})) {
    query->done = true;
    query->waker->wake();
  }
  abandoned_ = 0;
}

std::optional<std::string> Pipeline::next_notification() {
  const Lock lock(mutex_);
  const std::unique_ptr<PGnotify, decltype(&PQfreemem)> notification(PQnotifies(connection_.get()),
                                                                     &PQfreemem);
  if (!notification) return std::nullopt;
  return notification->extra;
}

std::string Pipeline::quoted(std::string_view name) {
  const Lock lock(mutex_);
  const std::unique_ptr<char, decltype(&PQfreemem)> identifier(
      PQescapeIdentifier(connection_.get(), name.data(), name.size()), &PQfreemem);
  if (!identifier) throw Error(Failure::internal, one_line(PQerrorMessage(connection_.get())));
  return identifier.get();
}

}  // namespace tailor::database
