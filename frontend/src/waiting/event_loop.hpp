#pragma once

#include <poll.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "deadline.hpp"
#include "waiting/poll.hpp"

namespace tailor {

class Waker;

/// A thread that runs fibers: functions with a stack of their own, each of which has the thread until it
/// waits (poll.hpp). A fiber stays with its loop, so what is the thread's own (thread_local) is not safe over
/// a wait. Over epoll(7); the stacks and the switch from one to another are Boost.Context's.
class EventLoop {
 public:
  /// `name` is the thread's, of 15 bytes at most.
  explicit EventLoop(std::string name);
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  /// Returns when all fibers have ended.
  ~EventLoop();

  /// Has `work`, which must not throw, run as a fiber. From any thread; throws std::bad_alloc when there is
  /// no memory for its stack.
  void spawn(std::function<void()> work);

  /// How many fibers have not ended.
  std::size_t fibers() const { return fibers_; }

  /// Whether it goes round: a fiber that keeps the thread for seconds is a fault.
  bool beats() const { return Clock::now() - last_round_.load() < 3 * kRound; }

  /// The loop whose fiber calls; null in a thread that is none's.
  static EventLoop* current();

  /// For poll.hpp, by a fiber of this loop.
  void poll(std::span<pollfd> descriptors, Deadline deadline, Then then);
  Clock::time_point wait_ended() const;
  void yield();
  void forget(int descriptor);
  std::shared_ptr<Waker> waker() const;

 private:
  class Fiber;
  class Inbox;
  using Timers = std::multimap<Deadline, Fiber*>;

  // What a fiber waits for by a descriptor. One waits for a descriptor at a time.
  struct Armed {
    Fiber* fiber = nullptr;
    pollfd* descriptor = nullptr;
    std::uint32_t generation = 0;  // tells events of an earlier wait, or of an earlier descriptor
    short stays = 0;               // armed for these events, whoever waits
  };

  void run();
  void take_in();
  void wait();
  void begin();
  void set_timer(Fiber& fiber);
  void expire();
  void resume(Fiber& fiber);
  void make_ready(Fiber& fiber);
  void arm(pollfd& descriptor, Then then);
  void disarm(std::span<const pollfd> descriptors);
  void note(std::uint64_t key, std::uint32_t events);
  int timeout() const;

  static constexpr std::chrono::seconds kRound{1};

  const std::string name_;
  const int epoll_;
  const std::shared_ptr<Inbox> inbox_;
  Fiber* running_ = nullptr;
  std::vector<Fiber*> ready_;
  std::deque<Fiber*> begun_;     // ready as well, some of them in each round
  std::vector<Fiber*> resumed_;  // of this round
  std::vector<Armed> armed_;     // by descriptor
  std::uint32_t generation_ = 0;
  Timers timers_;
  std::atomic<std::size_t> fibers_ = 0;
  std::atomic<Clock::time_point> last_round_ = Clock::now();
  std::atomic<bool> stopping_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace tailor
