#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "metrics/metrics.hpp"
#include "redis/breaker.hpp"
#include "redis/connection.hpp"
#include "runtime/wait_queue.hpp"

namespace tailor::redis {

struct PoolSettings {
  Address address;
  Seconds timeout{0.05};  // the most that Redis may add to one request in total

  bool operator==(const PoolSettings&) const = default;
};

/// The time that Redis may still add to one request.
class Budget {
 public:
  explicit Budget(Seconds all) : all_(all), left_(all) {}
  Seconds all() const { return all_; }
  Seconds left() const { return left_; }
  void spend(Seconds some) { left_ -= some; }

 private:
  Seconds all_;
  Seconds left_;
};

/// A few connections to Redis. A maintenance thread opens them, so no request waits for a connect. While the
/// breaker is open, no request waits at all.
class Pool {
 public:
  Pool(PoolSettings settings, metrics::Metrics& metrics);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool();

  /// The replies to the commands, which may be Redis errors; nothing if they do not arrive within the budget.
  /// The time used is subtracted from the budget.
  std::optional<std::vector<Reply>> run(const std::vector<Command>& commands, Budget& budget);

  Budget budget() const;

  /// Applies to exchanges from now on.
  void reload(const PoolSettings& settings);

 private:
  struct Open {
    std::unique_ptr<Connection> connection;
    unsigned generation = 0;  // of the settings it was opened with
  };

  std::optional<Open> take(Deadline deadline);
  void give_back(Open open);
  void note_failure(const Error& error, bool of_trial);
  void note_refusals(const std::vector<Reply>& replies);
  void drop_idle();
  void lose();
  void maintain();
  void open_one();

  metrics::Metrics& metrics_;
  mutable std::mutex mutex_;
  std::condition_variable maintenance_waker_;
  PoolSettings settings_;
  unsigned generation_ = 0;
  Breaker breaker_;
  WaitQueue<Open> idle_;                      // closed while the breaker is open or no connection exists
  std::size_t open_ = 0;                      // idle or in use
  std::string reason_ = "not connected yet";  // why Redis is not used, as logged; empty while it is
  std::string refusal_;                       // the last error reply, as logged
  bool stopping_ = false;
  std::thread maintenance_thread_;  // declared last: it uses all members above
};

}  // namespace tailor::redis
