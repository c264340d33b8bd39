#include "runtime/poll.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <vector>

#include "runtime/event.hpp"
#include "runtime/event_loop.hpp"
#include "runtime/waker.hpp"

namespace tailor {
namespace {

class ThreadWaker : public Waker {
 public:
  void wake() override { called_.set(); }
  const Event& called() const { return called_; }

 private:
  Event called_;
};

const std::shared_ptr<ThreadWaker>& waker_of_thread() {
  thread_local const auto waker = std::make_shared<ThreadWaker>();
  return waker;
}

void poll_in_thread(std::span<pollfd> descriptors, Deadline deadline) {
  const Event& called = waker_of_thread()->called();
  std::vector<pollfd> all(descriptors.begin(), descriptors.end());
  all.push_back({called.descriptor(), POLLIN, 0});
  const int ready = ::poll(all.data(), all.size(), milliseconds_until(deadline));
  if (ready < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "poll");
  if (ready < 0) {
    for (pollfd& each : all) each.revents = 0;
  }
  std::ranges::copy_n(all.begin(), std::ssize(descriptors), descriptors.begin());
  if (all.back().revents != 0) called.clear();
}

}  // namespace

void poll(std::span<pollfd> descriptors, Deadline deadline, Priority priority) {
  if (EventLoop* loop = EventLoop::current()) {
    loop->poll(descriptors, deadline, priority);
  } else {
    poll_in_thread(descriptors, deadline);
  }
}

void deregister(int descriptor) {
  if (EventLoop* loop = EventLoop::current()) loop->deregister(descriptor);
}

Clock::time_point wait_ended() {
  const EventLoop* loop = EventLoop::current();
  return loop != nullptr ? loop->wait_ended() : Clock::now();
}

void yield() {
  if (EventLoop* loop = EventLoop::current()) loop->yield();
}

std::shared_ptr<Waker> own_waker() {
  if (const EventLoop* loop = EventLoop::current()) return loop->waker();
  return waker_of_thread();
}

}  // namespace tailor
