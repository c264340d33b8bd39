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

#include "base/deadline.hpp"
#include "runtime/poll.hpp"

namespace tailor {

class Waker;

/// A thread that runs fibers: functions with their own stacks, each running until it waits (poll.hpp). A
/// fiber stays on its loop. thread_local variables may change during a wait, because other fibers run then.
/// Built on epoll(7) and Boost.Context's stack switching.
class EventLoop {
 public:
  /// `name` is the thread's name, at most 15 bytes.
  explicit EventLoop(std::string name);
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  /// Waits for all fibers to end.
  ~EventLoop();

  /// Runs `work`, which must not throw, as a fiber. Any thread may call it. Throws std::bad_alloc when the
  /// stack cannot be allocated.
  void spawn(std::function<void()> work);

  /// The number of fibers that have not ended.
  std::size_t fibers() const { return fibers_; }

  /// Whether the loop made a round within the last seconds. If not, one fiber blocks the thread.
  bool is_responsive() const { return Clock::now() - last_round_.load() < 3 * kRound; }

  /// The loop that the calling fiber runs on; null outside one.
  static EventLoop* current();

  /// The functions of poll.hpp, for a fiber of this loop.
  void poll(std::span<pollfd> descriptors, Deadline deadline, Priority priority);
  Clock::time_point wait_ended() const;
  void yield();
  void deregister(int descriptor);
  std::shared_ptr<Waker> waker() const;

 private:
  class Fiber;
  class Inbox;
  using Timers = std::multimap<Deadline, Fiber*>;

  // The fiber that waits for a descriptor: one at a time.
  struct Armed {
    Fiber* fiber = nullptr;
    pollfd* descriptor = nullptr;
    std::uint32_t generation = 0;  // distinguishes events of an earlier wait or an earlier descriptor
    short persistent = 0;          // events for which it stays armed between waits
  };

  void run();
  void drain_inbox();
  void wait();
  void begin();
  void set_timer(Fiber& fiber);
  void fire_timers();
  void resume(Fiber& fiber);
  void make_ready(Fiber& fiber);
  void arm(pollfd& descriptor, Priority priority);
  void disarm(std::span<const pollfd> descriptors);
  void dispatch(std::uint64_t key, std::uint32_t events);
  int timeout() const;

  static constexpr std::chrono::seconds kRound{1};

  const std::string name_;
  const int epoll_;
  const std::shared_ptr<Inbox> inbox_;
  Fiber* running_ = nullptr;
  std::vector<Fiber*> ready_;
  std::deque<Fiber*> new_ready_;  // ready for new requests; some of them run in each round
  std::vector<Fiber*> resumed_;   // being resumed in this turn
  std::vector<Armed> armed_;      // indexed by descriptor
  std::uint32_t generation_ = 0;
  Timers timers_;
  std::atomic<std::size_t> fibers_ = 0;
  std::atomic<Clock::time_point> last_round_ = Clock::now();
  std::atomic<bool> stopping_ = false;
  std::thread thread_;  // declared last: the thread uses all members above
};

}  // namespace tailor
