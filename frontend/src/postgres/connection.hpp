#pragma once

#include <libpq-fe.h>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "postgres/connection_settings.hpp"
#include "postgres/error.hpp"
#include "postgres/hosts.hpp"
#include "postgres/queries.hpp"
#include "runtime/request_context.hpp"
#include "runtime/waker.hpp"

namespace tailor::postgres {

/// A connection over libpq's pipeline mode, with several queries in flight. Each query is its own
/// transaction; the server has the next one while it runs one, and does not sleep between them. Results
/// arrive in the order of the queries, and the sender of the oldest query reads for all. Thread-safe.
/// Failures are thrown as Error; afterwards usable() returns whether the connection can be used again.
class Connection {
 public:
  using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;
  using Texts = std::vector<const char*>;  // a null pointer means NULL

  /// Connects to one of the hosts, which were made from the same settings. Blocks. Throws Error{unavailable}
  /// with a message for the operator. `canceller` is woken when an abandoned query becomes the oldest.
  Connection(const ConnectionSettings& settings, Hosts& hosts,
             std::shared_ptr<Waker> canceller = own_waker());

  // --- What is checked after connecting (connection_start.cpp) ---

  /// Called first: sets the search_path (behind a pooler each statement does), and compares the session with
  /// the settings. Throws Error{unavailable} with what differs and what to do.
  void establish(const ConnectionSettings& settings, const WaitOptions& options);

  /// Whether a pooler was detected. Then nothing is set for the session, which other clients share; each
  /// statement sets what it needs (LocalSettings).
  bool pooled() const { return pooled_; }

  /// The installed extension. Throws Error{unavailable} if it is not installed.
  Extension extension(const WaitOptions& options);

  /// Behind a pooler, checks for settings that other clients or the pooler left in the server session. Throws
  /// Error{unavailable}, because they may be intended or not.
  void check_nothing_left_behind(const std::string& extension_schema, const WaitOptions& options);

  /// The search_path for the application's schema; null: the role's or database's default.
  const char* search_path() const { return search_path_.empty() ? nullptr : search_path_.c_str(); }

  /// An SQL expression: the server process (or that it is a standby), the system, the database, and the
  /// current settings of new sessions of this role.
  static const char* const kFingerprint;
  /// Its value when the session began; empty behind a pooler, where it is not meaningful.
  const std::string& fingerprint() const { return fingerprint_; }

  // --- Queries ---

  /// Sends one statement and waits for its result.
  Result execute(const std::string& sql, const Texts& values, const WaitOptions& options);
  void prepare(const char* name, const std::string& sql, const WaitOptions& options);
  Result execute_prepared(const char* name, const Texts& values, const WaitOptions& options);

  /// False when no further query may be sent. Queries in flight may still finish.
  bool usable() const { return !broken_; }

  /// Checks the socket without waiting if no query is in flight: false when the server has closed the
  /// connection.
  bool alive();

  /// The number of its host, see Hosts.
  std::size_t host() const { return host_; }

  /// Queries that have ended in any way, and the server's time for them. Each is reported once.
  struct Completions {
    std::size_t queries = 0;
    Seconds time{0};
  };
  Completions drain_completions();

  // --- Abandoned queries: those with no request left that waits for them ---

  /// Their number in flight. A query sent behind one may wait long.
  std::size_t abandoned() const { return abandoned_; }

  /// True once for each abandoned query; the caller then passes its slot to the canceller.
  bool take_abandoned();

  /// Cancels the oldest query if it is abandoned; usable() returns whether the connection can be used again.
  /// False if other queries are ahead of the abandoned one: the canceller is woken later. May block for two
  /// seconds.
  bool stop_abandoned();

  // --- Notifications ---

  /// Readable when a notification arrives or the connection ends.
  int socket() const { return PQsocket(connection_.get()); }

  /// The payload of the next notification that alive() or a query has read.
  std::optional<std::string> next_notification();

 private:
  // What the startup asked for, and the process id that the server reported.
  struct Startup {
    std::string user, database, options;
    int process;
  };
  struct Query {
    std::shared_ptr<Waker> waker;  // of the fiber that waits for it, or of the canceller
    Clock::time_point sent{};
    unsigned cancels = 0;  // value of cancels_ when it was sent
    Result result{nullptr, &PQclear};
    bool done = false;
    bool given_up = false;
  };
  using Lock = std::unique_lock<std::mutex>;

  Connection(const ConnectionSettings& settings, Hosts::Connected connected,
             std::shared_ptr<Waker> canceller);
  Startup startup();
  std::string quoted(std::string_view name);
  void check_options(const WaitOptions& options);

  Result run(const std::function<int(PGconn*)>& send, const WaitOptions& options);
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

  const std::string search_path_;
  const std::shared_ptr<void> place_;  // counts the connection to its host
  const std::size_t host_;
  const std::shared_ptr<Waker> canceller_;
  bool pooled_ = false;
  std::string fingerprint_;

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

/// Whether a connection with this fingerprint reads the same database with the same settings as one with the
/// fingerprint `wanted`: of that server, or of a standby of its system.
bool is_alike(const std::string& seen, const std::string& wanted);

}  // namespace tailor::postgres
