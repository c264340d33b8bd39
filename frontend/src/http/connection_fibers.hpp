#pragma once

#include <httplib.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "http/accept_pulse.hpp"
#include "http/client_waits.hpp"
#include "waiting/event_loop.hpp"

namespace tailor::http {

using EventLoops = std::vector<std::unique_ptr<EventLoop>>;

/// cpp-httplib has a function of its own run for as long as a connection lives, so every connection gets a
/// fiber of its own, on the event loop that has the fewest. At the limit a connection that waits for its
/// client gives way; when there is none, accepting waits, and clients with it, in the kernel's backlog.
class ConnectionFibers : public httplib::TaskQueue {
 public:
  /// bool; void up to cpp-httplib 0.14.
  using Enqueued = decltype(std::declval<httplib::TaskQueue&>().enqueue({}));

  ConnectionFibers(std::size_t limit, const EventLoops& loops, ClientWaits& waits, AcceptPulse& pulse)
      : limit_(limit), loops_(loops), waits_(waits), pulse_(pulse) {}

  Enqueued enqueue(std::function<void()> connection) override {
    return static_cast<Enqueued>(add(connection));
  }
  /// Returns when all connections have ended.
  void shutdown() override;
  void on_idle() override { pulse_.beat(); }

 private:
  bool add(const std::function<void()>& connection);
  bool start(const std::function<void()>& connection);
  void make_room(std::unique_lock<std::mutex>& lock);

  const std::size_t limit_;
  const EventLoops& loops_;
  ClientWaits& waits_;
  AcceptPulse& pulse_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::size_t open_ = 0;
};

}  // namespace tailor::http
