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

#include "metrics/metrics.hpp"
#include "postgres/admission.hpp"
#include "postgres/connection_set.hpp"
#include "postgres/query_canceller.hpp"
#include "postgres/search_connection.hpp"
#include "runtime/wait_queue.hpp"
#include "runtime/waker.hpp"

namespace tailor::postgres {

struct PoolSettings {
  ConnectionSettings connection;
  std::size_t size = 2;
  std::size_t pipeline = 6;         // queries in flight on a connection
  std::size_t max_waiting = 1024;   // requests waiting for a connection
  Seconds pool_timeout{10};         // the longest wait for a connection
  Seconds query_timeout{5};         // the longest wait for an answer
  Seconds connection_lifetime{60};  // with several hosts: rebalances after one returned
};

class Pool;

/// A slot in a connection's pipeline, returned by the destructor.
class Lease {
 public:
  Lease(Pool& pool, PipelineSlot slot) : pool_(pool), slot_(std::move(slot)) {}
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease();
  SearchConnection& operator*() const { return slot_->connection; }

 private:
  Pool& pool_;
  PipelineSlot slot_;
};

struct PoolStatus {
  std::size_t size;
  std::size_t up;
  std::size_t available;  // without a query
  std::size_t waiting;    // requests waiting for a connection
  double standby_lag;     // in bytes; 0: the last answer's server was not behind
  std::string reason;     // why the last attempt to connect failed; empty after a success
};

/// A fixed number of connections, whose slots are handed out first come, first served. A maintenance thread
/// opens them and replaces lost ones, with jittered exponential backoff while that fails.
class Pool {
 public:
  using Query = std::function<Answer(SearchConnection&, const WaitOptions&)>;

  Pool(PoolSettings settings, metrics::Metrics& metrics);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool();

  /// Waits until all connections are open or an attempt has failed.
  void wait_until_tried();

  /// Runs a query on a connection of the pool, and retries it once if the failure concerned the connection:
  /// it was lost, or its prepared statements had become invalid. After Failure::not_replayed it retries until
  /// query_timeout, on other hosts if its host stays behind. Ends at the request's deadline or when its
  /// client leaves. Adds the wait for a connection to the context. Throws Error.
  Answer run(const Query& query, RequestContext& context);

  /// The refusal that run() would throw at once because too many requests wait. Returned, because under
  /// overload throwing is expensive.
  std::optional<Error> refusal(const RequestContext& context) const;

  PoolStatus status() const;

  /// Notes how many bytes of the write-ahead log the standby that answered last had not replayed.
  void note_standby_lag(Lsn bytes) { metrics_.standby_lag.Set(static_cast<double>(bytes)); }

  /// SearchConnection::origin() of the connection opened last.
  std::string origin() const;

  /// Replaces connections with another Connection::fingerprint(): to another server, or with outdated
  /// settings. At most once in a connection_lifetime for each fingerprint, so that connections do not flap
  /// where one address leads to several servers. Returns whether there are such connections. Called by one
  /// thread only.
  bool replace_unlike(const std::string& fingerprint);

  /// Applies to new connections.
  void set_password(const std::string& password) { hosts_.set_password(password); }

 private:
  friend class Lease;

  Answer run_once(const Query& query, RequestContext& context, Deadline wait_end,
                  std::optional<Deadline>& answer_end, std::size_t& host);
  Lease acquire(Deadline deadline, RequestContext& context);
  void leave(std::size_t host);
  bool await_replay(unsigned retries, std::size_t host, Deadline end, RequestContext& context);
  Answer ask(const Query& query, SearchConnection& connection, const WaitOptions& options, Seconds& taken);
  void give_back(PipelineSlot slot);
  void remove(const PipelineSlot& slot);
  void count_lost(std::size_t connections);
  void wake_maintenance() const;
  void maintain();
  Deadline next_attempt() const;
  void close_retired();
  void check_connections();
  void renew_one();
  void open_one();
  std::unique_ptr<Pooled> connect();
  PipelineSlot open();
  void note_failure(const std::string& reason);

  const PoolSettings settings_;
  metrics::Metrics& metrics_;
  Hosts hosts_;  // declared before everything that holds connections
  Admission admission_;
  mutable std::mutex mutex_;
  std::condition_variable tried_;
  std::shared_ptr<Waker> maintenance_waker_;
  std::vector<std::unique_ptr<Pooled>>
      retired_;  // without slots in use, to be closed by the maintenance thread
  std::atomic<std::size_t> up_ = 0;
  std::size_t missing_;
  std::size_t lost_ = 0;   // not yet replaced
  unsigned failures_ = 0;  // in a row
  Deadline next_attempt_{};
  std::string reason_;
  std::string origin_;
  bool stopping_ = false;
  std::map<std::string, Deadline> replaced_for_;  // fingerprints handled by replace_unlike(), and until when
  WaitQueue<PipelineSlot, ConnectionSet> queue_;
  QueryCanceller canceller_;
  std::thread maintenance_thread_;  // declared last: it uses all members above
};

}  // namespace tailor::postgres
