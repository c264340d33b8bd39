#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "database/admission.hpp"
#include "database/connection.hpp"
#include "database/pipelines.hpp"
#include "database/stopper.hpp"
#include "metrics/metrics.hpp"
#include "waiting/wait_queue.hpp"
#include "waiting/waker.hpp"

namespace tailor::database {

struct PoolSettings {
  ConnectionSettings connection;
  std::size_t size = 2;
  std::size_t pipeline = 6;         // queries under way on a connection
  std::size_t max_waiting = 1024;   // requests
  Seconds pool_timeout{10};         // the longest wait for a connection
  Seconds query_timeout{5};         // the longest wait for an answer
  Seconds connection_lifetime{60};  // with several hosts: to use again one that came back
};

class Pool;

/// A place in a connection's pipeline, for one query at a time; it goes back by itself.
class Lease {
 public:
  Lease(Pool& pool, Pipelines::Place place) : pool_(pool), place_(std::move(place)) {}
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease();
  Connection& operator*() const { return place_->connection; }

 private:
  Pool& pool_;
  Pipelines::Place place_;
};

struct PoolStatus {
  std::size_t size;
  std::size_t up;
  std::size_t available;  // that nobody uses
  std::size_t waiting;    // requests
  std::string reason;     // why the last attempt to connect failed; empty when it did not
};

/// A fixed number of connections, whose places are handed out first come, first served. A keeper thread opens
/// them, and replaces those that are lost, with jittered exponential backoff while that fails.
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

  /// Replaces connections whose Session::fingerprint() is another one: to another server, say, or with
  /// settings that the role no longer has. For each fingerprint once in a connection_lifetime, so that they
  /// do not come and go where an address leads to several servers. Whether there are any. By one thread at a
  /// time.
  bool replace_unlike(const std::string& fingerprint);

  /// For connections from now on.
  void set_password(const std::string& password) { hosts_.set_password(password); }

 private:
  friend class Lease;
  using Place = Pipelines::Place;

  Answer run_once(const Query& query, Caller& caller, Deadline wait_end, std::optional<Deadline>& answer_end);
  Lease acquire(Deadline deadline, Caller& caller);
  Answer ask(const Query& query, Connection& connection, const Patience& patience, Seconds& taken);
  void give_back(Place place);
  void remove(const Place& place);
  void count_lost(std::size_t connections);
  void wake_keeper() const;
  void keep();
  Deadline next_attempt() const;
  void close_retired();
  void check_connections();
  void renew_one();
  void open_one();
  std::unique_ptr<Pooled> connect();
  Place open();
  void note_failure(const std::string& reason);

  const PoolSettings settings_;
  metrics::Metrics& metrics_;
  Hosts hosts_;  // the connections of all that follows are counted here
  Admission admission_;
  mutable std::mutex mutex_;
  std::condition_variable tried_;
  std::shared_ptr<Waker> keeper_wakes_;
  std::vector<std::unique_ptr<Pooled>> retired_;  // whose last place was given back, for the keeper to close
  std::atomic<std::size_t> up_ = 0;
  std::size_t missing_;
  std::size_t lost_ = 0;   // and not yet replaced
  unsigned failures_ = 0;  // in a row
  Deadline next_attempt_{};
  std::string reason_;
  std::string origin_;
  bool stopping_ = false;
  std::map<std::string, Deadline> replaced_for_;  // by replace_unlike(), and until when not again
  WaitQueue<Place, Pipelines> queue_;
  Stopper stopper_;
  std::thread keeper_;  // last: it uses all of the above
};

}  // namespace tailor::database
