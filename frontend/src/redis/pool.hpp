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
#include "waiting/wait_queue.hpp"

namespace tailor::redis {

struct PoolSettings {
  Address address;
  Seconds timeout{0.05};  // what Redis may add to one request, all in all

  bool operator==(const PoolSettings&) const = default;
};

/// What Redis may still take of one request's time.
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

/// A few connections to Redis, which a thread of their own opens: no request waits for one to be made. While
/// the breaker is open nobody waits at all.
class Pool {
 public:
  Pool(PoolSettings settings, metrics::Metrics& metrics);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool();

  /// The replies to the commands; nothing when they do not come within the budget, of which it takes what it
  /// needs. Any of them may be an error of Redis's.
  std::optional<std::vector<Reply>> run(const std::vector<Command>& commands, Budget& budget);

  Budget budget() const;

  /// For what is asked from now on.
  void reload(const PoolSettings& settings);

 private:
  struct Open {
    std::unique_ptr<Connection> connection;
    unsigned generation = 0;  // of the settings
  };

  std::optional<Open> take(Deadline deadline);
  void give_back(Open open);
  void note_failure(const Error& error, bool of_trial);
  void note_refusals(const std::vector<Reply>& replies);
  void drop_idle();
  void lose();
  void keep();
  void open_one();

  metrics::Metrics& metrics_;
  mutable std::mutex mutex_;
  std::condition_variable keeper_wakes_;
  PoolSettings settings_;
  unsigned generation_ = 0;
  Breaker breaker_;
  WaitQueue<Open> idle_;                      // closed while the breaker is open, or all are lost
  std::size_t open_ = 0;                      // idle or in use
  std::string reason_ = "not connected yet";  // why it is not asked, as logged; empty while it is
  std::string refusal_;                       // its last error, as logged
  bool stopping_ = false;
  std::thread keeper_;  // last: it uses all of the above
};

}  // namespace tailor::redis
