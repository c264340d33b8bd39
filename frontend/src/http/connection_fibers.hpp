#pragma once

#include <httplib.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "http/accept_watchdog.hpp"
#include "http/idle_connections.hpp"
#include "runtime/event_loop.hpp"

namespace tailor::http {

using EventLoops = std::vector<std::unique_ptr<EventLoop>>;

/// cpp-httplib enqueues one function that runs for a connection's whole life, so each connection is a fiber,
/// on the event loop with the fewest fibers. At the limit an idle connection is evicted; if there is none,
/// accepting pauses, and clients wait in the kernel's backlog.
class ConnectionFibers : public httplib::TaskQueue {
 public:
  /// bool, or void up to cpp-httplib 0.14.
  using Enqueued = decltype(std::declval<httplib::TaskQueue&>().enqueue({}));

  ConnectionFibers(std::size_t limit, const EventLoops& loops, IdleConnections& waits,
                   AcceptWatchdog& watchdog)
      : limit_(limit), loops_(loops), waits_(waits), watchdog_(watchdog) {}

  Enqueued enqueue(std::function<void()> connection) override {
    return static_cast<Enqueued>(add(connection));
  }
  /// Waits for all connections to end.
  void shutdown() override;
  void on_idle() override { watchdog_.beat(); }

 private:
  bool add(const std::function<void()>& connection);
  bool start(const std::function<void()>& connection);
  void make_room(std::unique_lock<std::mutex>& lock);

  const std::size_t limit_;
  const EventLoops& loops_;
  IdleConnections& waits_;
  AcceptWatchdog& watchdog_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::size_t open_ = 0;
};

}  // namespace tailor::http
