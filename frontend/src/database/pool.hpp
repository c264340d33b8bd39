#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "database/admission.hpp"
#include "database/connection.hpp"
#include "metrics/metrics.hpp"
#include "waiting/wait_queue.hpp"

namespace tailor::database {

struct PoolSettings {
  ConnectionSettings connection;
  std::size_t size = 2;
  std::size_t max_waiting = 1024;   // requests
  Seconds pool_timeout{10};         // the longest wait for a connection
  Seconds query_timeout{5};         // the longest wait for an answer
  Seconds connection_lifetime{60};  // with several hosts: to use again one that came back
};

class Pool;

/// A connection on loan; it goes back by itself.
class Lease {
 public:
  Lease(Pool& pool, std::unique_ptr<Connection> connection)
      : pool_(pool), connection_(std::move(connection)) {}
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease();
  Connection& operator*() const { return *connection_; }

 private:
  Pool& pool_;
  std::unique_ptr<Connection> connection_;
  const Clock::time_point since_ = Clock::now();
};

struct PoolStatus {
  std::size_t size;
  std::size_t up;
  std::size_t available;  // that nobody uses
  std::size_t waiting;    // requests
  std::string reason;     // why the last attempt to connect failed; empty when it did not
};

/// A fixed number of connections, handed out first come, first served. A keeper thread opens them and
/// replaces those that are lost, with jittered exponential backoff while that fails.
class Pool {
 public:
  using Query = std::function<Answer(Connection&, const Patience&)>;

  Pool(PoolSettings settings, metrics::Metrics& metrics);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool();

  /// Waits until all connections are open or an attempt has failed.
  void wait_until_tried();

  /// Runs a query on a connection of the pool, and once more if it failed for a reason that was not its own:
  /// the connection was lost, or what it was prepared for had changed. Ends by the caller's deadline, and
  /// when he leaves. Adds the time spent waiting for a connection to what he waited. Throws Error.
  Answer run(const Query& query, Caller& caller);

  /// What run() would throw at once, as too many wait already. Many are told that when anybody is: so it need
  /// not be thrown.
  std::optional<Error> refusal(const Caller& caller) const;

  PoolStatus status() const;

  /// Of the connection that was opened last (Connection::origin()).
  std::string origin() const;

  /// For connections from now on.
  void set_password(const std::string& password) { hosts_.set_password(password); }

 private:
  friend class Lease;
  using Retired = std::unique_ptr<Connection>;

  Lease acquire(Deadline deadline, Caller& caller);
  Answer ask(const Query& query, Connection& connection, const Patience& patience, Seconds& taken);
  void give_back(std::unique_ptr<Connection> connection);
  bool renew(std::unique_ptr<Connection>& connection);
  void retire(std::unique_ptr<Connection> connection);
  void keep();
  void bury(Retired retired);
  void resume(Retired stopped);
  void open_one();
  void note_failure(const std::string& reason);
  void check_idle();

  const PoolSettings settings_;
  metrics::Metrics& metrics_;
  Hosts hosts_;  // the connections of all that follows are counted here
  Admission admission_;
  WaitQueue<std::unique_ptr<Connection>> queue_;
  mutable std::mutex mutex_;
  std::condition_variable keeper_wakes_;
  std::condition_variable tried_;
  std::vector<Retired> retired_;  // to be closed by the keeper, as cancelling can block
  std::atomic<std::size_t> up_ = 0;
  std::size_t missing_;
  std::size_t lost_ = 0;   // and not yet replaced
  unsigned failures_ = 0;  // in a row
  Deadline next_attempt_{};
  std::string reason_;
  std::string origin_;
  bool stopping_ = false;
  std::thread keeper_;  // last: it uses all of the above
};

}  // namespace tailor::database
