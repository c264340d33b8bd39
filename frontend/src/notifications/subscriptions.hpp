#pragma once

#include <map>
#include <mutex>
#include <string>

#include "metrics/metrics.hpp"
#include "postgres/connection.hpp"

namespace tailor::notifications {

/// The database's subscriptions to publications of another server (logical replication): while one of them
/// is disabled or fails, its tables are outdated, and nothing else reports that. Safe for several threads.
class Subscriptions {
 public:
  explicit Subscriptions(metrics::Metrics& metrics) : metrics_(metrics) {}

  /// Asks the server for their state. Throws Error.
  void check(postgres::Connection& connection, Deadline deadline);

  /// One line for each, as /readyz?verbose has it.
  std::string text() const;

 private:
  enum class State { ok, copying, disabled, failing };
  struct Subscription {
    State state = State::copying;
    std::string errors;                        // the server's count of them
    Clock::time_point failed = {};             // when that count was seen to grow, or no worker to run
    Clock::time_point current = Clock::now();  // when what its tables show was current on the publisher
  };
  using All = std::map<std::string, Subscription>;

  static void read(const PGresult& rows, int row, Subscription& subscription);
  void report(const All& now) const;

  metrics::Metrics& metrics_;
  mutable std::mutex mutex_;
  All all_;  // by name
};

}  // namespace tailor::notifications
