#pragma once

#include <list>
#include <mutex>

#include "deadline.hpp"
#include "metrics/metrics.hpp"

namespace tailor::http {

/// The connections that wait for their clients. When there is no room for a new one, one of these gives way:
/// one that only waits for its end, else the one that has waited longest, whether for a request, for the rest
/// of one, or for an answer to be taken.
class ClientWaits {
 public:
  explicit ClientWaits(metrics::Counter& displaced) : displaced_(displaced) {}

  /// A request, the rest of one that has begun, an answer to be taken, the client to leave.
  enum class For { request, rest, taking, end };

  /// A connection's wait, for as long as this lives.
  class Wait {
   public:
    Wait(ClientWaits& waits, int socket, For what);
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;
    ~Wait();

    /// Whether it was told to give way.
    bool ended() const;

   private:
    friend class ClientWaits;
    ClientWaits& waits_;
    const int socket_;
    const For what_;
    const Clock::time_point since_ = Clock::now();
    std::list<Wait*>::iterator place_;  // the list's end when it is not there any more
  };

  /// Ends a wait; nothing happens when nobody has waited for a moment.
  void end_one();

  /// Ends all waits for requests that have not begun, now and from now on. What has come can still be read.
  void end_idle();
  bool idle_ended() const;

 private:
  using List = std::list<Wait*>;
  void end(List::iterator ended);

  metrics::Counter& displaced_;
  mutable std::mutex mutex_;
  List first_to_go_;
  bool idle_ended_ = false;
};

}  // namespace tailor::http
