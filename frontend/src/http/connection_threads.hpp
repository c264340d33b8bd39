#pragma once

#include <httplib.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "http/accept_pulse.hpp"
#include "http/client_waits.hpp"

namespace tailor::http {

/// cpp-httplib keeps a thread busy for as long as a connection lives, so every connection gets a thread of
/// its own, made when it is needed and kept for the next. At the limit a connection that waits for its client
/// gives way; when there is none, accepting waits, and clients with it, in the kernel's backlog.
class ConnectionThreads : public httplib::TaskQueue {
 public:
  /// bool; void up to cpp-httplib 0.14.
  using Enqueued = decltype(std::declval<httplib::TaskQueue&>().enqueue({}));

  ConnectionThreads(std::size_t limit, ClientWaits& waits, AcceptPulse& pulse)
      : limit_(limit), waits_(waits), pulse_(pulse) {}

  Enqueued enqueue(std::function<void()> connection) override {
    return static_cast<Enqueued>(add(std::move(connection)));
  }
  void shutdown() override;
  void on_idle() override { pulse_.beat(); }

 private:
  bool add(std::function<void()> connection);
  bool start_thread();
  void make_room(std::unique_lock<std::mutex>& lock);
  void serve();

  const std::size_t limit_;
  ClientWaits& waits_;
  AcceptPulse& pulse_;
  std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable idle_again_;
  std::deque<std::function<void()>> waiting_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace tailor::http
