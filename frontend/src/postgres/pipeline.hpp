#pragma once

#include <libpq-fe.h>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "postgres/error.hpp"
#include "postgres/hosts.hpp"
#include "runtime/request_context.hpp"
#include "runtime/waker.hpp"

namespace tailor::postgres {

/// A server session in libpq's pipeline mode, with several queries in flight. Each query is its own
/// transaction; the server has the next one while it runs one, and does not sleep between them. Results
/// arrive in the order of the queries, and the sender of the oldest query reads for all. Thread-safe.
class Pipeline {
 public:
  using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

  /// `canceller` is woken when an abandoned query becomes the oldest.
  Pipeline(Hosts::Connected connected, std::shared_ptr<Waker> canceller);

  /// Sends one statement by a libpq function that returns 0 on failure, and waits for its result. Throws
  /// Error; afterwards usable() returns whether the session can be used again.
  Result run(const std::function<int(PGconn*)>& send, const WaitOptions& options);

  /// False when no further query may be sent. Queries in flight may still finish.
  bool usable() const { return !broken_; }

  /// Checks the socket without waiting if no query is in flight: false when the server has closed the
  /// connection.
  bool alive();

  /// The number of its host, see Hosts.
  std::size_t host() const { return host_; }

  /// The number of abandoned queries in flight. A query sent behind one may wait long.
  std::size_t abandoned() const { return abandoned_; }

  /// Queries that have ended in any way, and the server's time for them. Each is reported once.
  struct Completions {
    std::size_t queries = 0;
    Seconds time{0};
  };
  Completions drain_completions();

  /// True once for each abandoned query; the caller then passes its slot to the canceller.
  bool take_abandoned();

  /// Cancels the oldest query if it is abandoned; usable() returns whether the session can be used again.
  /// False if other queries are ahead of the abandoned one: the canceller is woken later. May block for two
  /// seconds.
  bool stop_abandoned();

  /// Readable when a notification arrives or the connection ends.
  int socket() const { return PQsocket(connection_.get()); }

  /// The payload of the next notification that alive() or run() has read.
  std::optional<std::string> next_notification();

  /// What the connection's startup asked for, and the process id that the server reported.
  struct Startup {
    std::string user, database, options;
    int process;
  };
  Startup startup();

  /// The name quoted as an SQL identifier.
  std::string quoted(std::string_view name);

 private:
  struct Query {
    std::shared_ptr<Waker> waker;  // of the fiber that waits for it, or of the canceller
    Clock::time_point sent{};
    unsigned cancels = 0;  // value of cancels_ when it was sent
    Result result{nullptr, &PQclear};
    bool done = false;
    bool given_up = false;
  };
  using Lock = std::unique_lock<std::mutex>;

  bool flush();
  WaitResult await_or_abandon(Query& query, const WaitOptions& options, Lock& lock);
  WaitResult await(const Query& query, const WaitOptions& options, Lock& lock);
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

  const std::shared_ptr<void> place_;  // counts the connection to its host
  const std::size_t host_;
  const std::shared_ptr<Waker> canceller_;
  std::mutex mutex_;  // protects libpq's connection and all members below
  const Handle connection_;
  std::deque<std::shared_ptr<Query>> sent_;  // in flight, oldest first
  Clock::time_point last_end_{};             // when the last query ended
  Completions ended_;
  unsigned cancels_ = 0;  // twice the number of cancellations sent
  bool unsent_ = false;   // libpq's send buffer is not empty
  std::string lost_;      // why the connection was lost; empty while it is not
  std::atomic<bool> broken_ = false;
  std::atomic<std::size_t> abandoned_ = 0;
  std::size_t unclaimed_ = 0;
};

}  // namespace tailor::postgres
