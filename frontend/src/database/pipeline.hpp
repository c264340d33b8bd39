#pragma once

#include <libpq-fe.h>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "database/error.hpp"
#include "database/hosts.hpp"
#include "waiting/caller.hpp"
#include "waiting/waker.hpp"

namespace tailor::database {

/// A session of the server's that several may ask at a time: libpq's pipeline mode. Each query is a
/// transaction of its own; while the server is at one it has the next already, and does not sleep between
/// them. Results come in the order of the queries: who has sent the oldest reads for all. For any thread.
class Pipeline {
 public:
  using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

  /// `stopper` is called when there is something to stop.
  Pipeline(Hosts::Connected connected, std::shared_ptr<Waker> stopper);

  /// Sends one statement by a function of libpq's that returns 0 when it fails, and awaits its result. Throws
  /// Error, after which usable() tells whether the session may serve again.
  Result run(const std::function<int(PGconn*)>& send, const Patience& patience);

  /// False when no more may be asked. What is under way may go on.
  bool usable() const { return !broken_; }

  /// Looks at the socket without waiting, if nothing is under way: false when the server has closed the
  /// connection.
  bool alive();

  /// How many have given up a query that is still there. While any have, whoever asks may wait long.
  std::size_t abandoned() const { return abandoned_; }

  /// Queries that have ended, however they did, and how long the server was at them. Each is told of once.
  struct Ended {
    std::size_t queries = 0;
    Seconds time{0};
  };
  Ended take_ended();

  /// True once for each that was given up: whoever gets it has it stopped.
  bool claim_abandoned();

  /// Has the server stop the oldest query that was given up, if any is still there; then usable() tells
  /// whether the session may serve again. False when it is not that one's turn: the stopper will be called
  /// when it is. May block for two seconds.
  bool stop_abandoned();

  /// Becomes readable when a notification comes, or the end.
  int socket() const { return PQsocket(connection_.get()); }

  /// The payload of the next notification that has been read; alive() and run() read.
  std::optional<std::string> next_notification();

  /// What the server was asked for when the connection began, and which of its processes is said to serve it.
  struct Startup {
    std::string user, database, options;
    int process;
  };
  Startup startup();

  /// As an identifier in SQL, quoted where it must be.
  std::string quoted(std::string_view name);

 private:
  struct Query {
    std::shared_ptr<Waker> waker;  // of who awaits its result, or is to stop it
    Clock::time_point sent{};
    unsigned cancels = 0;  // that were sent before it
    Result result{nullptr, &PQclear};
    bool done = false;
    bool given_up = false;
  };
  using Lock = std::unique_lock<std::mutex>;

  bool flush();
  Woken await_or_abandon(Query& query, const Patience& patience, Lock& lock);
  Woken await(const Query& query, const Patience& patience, Lock& lock);
  short events_for(const Query& query) const;
  void read(const Query& reader);
  void take_results(const Query& reader);
  void note_end(const Query& oldest);
  void end_oldest(const Query& reader);
  void abandon(Query& query);
  void stop(const Query& query, Lock& lock);
  Result result_of(Query& query);
  bool cancel(Lock& lock);
  void lose(const std::string& reason);

  const std::shared_ptr<void> place_;  // among the connections to its host
  const std::shared_ptr<Waker> stopper_;
  std::mutex mutex_;  // of libpq's connection and of all that follows
  const Handle connection_;
  std::deque<std::shared_ptr<Query>> sent_;  // and not done, the oldest first
  Clock::time_point last_end_{};             // of a query
  Ended ended_;
  unsigned cancels_ = 0;  // that were sent
  bool unsent_ = false;   // libpq has more to send than the socket took
  std::string lost_;      // why, if it is
  std::atomic<bool> broken_ = false;
  std::atomic<std::size_t> abandoned_ = 0;
  std::size_t unclaimed_ = 0;
};

}  // namespace tailor::database
