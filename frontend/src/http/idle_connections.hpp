#pragma once

#include <list>
#include <mutex>

#include "base/deadline.hpp"
#include "metrics/metrics.hpp"

namespace tailor::http {

/// The connections that wait for their clients. When the limit is reached, one of them is evicted for a new
/// connection: one that is closing, else the one that has waited longest for a request, the rest of one, or
/// its client to read an answer.
class IdleConnections {
 public:
  explicit IdleConnections(metrics::Counter& evicted) : evicted_total_(evicted) {}

  /// The next request, the rest of a request, the client to read an answer, the client to close.
  enum class For { request, rest, taking, end };

  /// A connection's wait, while this lives.
  class Wait {
   public:
    Wait(IdleConnections& waits, int socket, For what);
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;
    ~Wait();

    /// Whether the connection was evicted.
    bool ended() const;

   private:
    friend class IdleConnections;
    IdleConnections& waits_;
    const int socket_;
    const For what_;
    const Clock::time_point since_ = Clock::now();
    std::list<Wait*>::iterator place_;  // the list's end after removal
  };

  /// Evicts one connection, if any has waited for at least a moment.
  void evict_one();

  /// Ends all waits for requests of which nothing has arrived, now and later. Received bytes can still be
  /// read.
  void end_idle();
  bool idle_ended() const;

 private:
  using List = std::list<Wait*>;
  void end(List::iterator ended);

  metrics::Counter& evicted_total_;
  mutable std::mutex mutex_;
  List first_to_go_;
  bool idle_ended_ = false;
};

}  // namespace tailor::http
