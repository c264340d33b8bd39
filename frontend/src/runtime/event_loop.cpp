#include "runtime/event_loop.hpp"

#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>

#include "runtime/coroutine.hpp"
#include "runtime/event.hpp"
#include "runtime/waker.hpp"

namespace tailor {
namespace {

thread_local EventLoop* current_loop = nullptr;

int checked(int result, const char* call) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), call);
  return result;
}

constexpr int kMaxTurnsPerRound = 3;
constexpr int kMaxNewPerRound = 16;
constexpr int kMaxTimersPerRound = 16;
constexpr std::uint64_t kInbox = ~std::uint64_t{0};

std::uint64_t key_of(int descriptor, std::uint32_t generation) {
  return std::uint64_t{generation} << 32U | static_cast<std::uint32_t>(descriptor);
}

}  // namespace

// Fibers woken by other threads. Shared, because a waker may outlive the loop.
class EventLoop::Inbox {
 public:
  void put(std::shared_ptr<Fiber> fiber) {
    const std::lock_guard lock(mutex_);
    fibers_.push_back(std::move(fiber));
    if (fibers_.size() == 1) filled.set();
  }

  std::vector<std::shared_ptr<Fiber>> take() {
    const std::lock_guard lock(mutex_);
    filled.clear();
    return std::exchange(fibers_, {});
  }

  const Event filled;

 private:
  std::mutex mutex_;
  std::vector<std::shared_ptr<Fiber>> fibers_;
};

class EventLoop::Fiber : public Waker, public std::enable_shared_from_this<Fiber> {
 public:
  Fiber(EventLoop& loop, std::function<void()> work)
      : coroutine(std::move(work)), loop_(loop), inbox_(loop.inbox_) {}

  void wake() override {
    if (called.exchange(true)) return;
    if (current_loop == &loop_) {
      loop_.make_ready(*this);
    } else {
      inbox_->put(shared_from_this());
    }
  }

  Coroutine coroutine;
  std::shared_ptr<Fiber> self;  // keeps the fiber alive until it has ended
  std::atomic<bool> called = false;
  bool waits = true;
  Priority priority = Priority::resume;   // when its wait ends
  Deadline deadline{};                    // of its wait
  Clock::time_point ended{};              // when its last wait ended
  std::optional<Timers::iterator> timer;  // fires at the deadline or before

 private:
  EventLoop& loop_;
  const std::shared_ptr<Inbox> inbox_;
};

EventLoop::EventLoop(std::string name)
    : name_(std::move(name)),
      epoll_(checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      inbox_(new Inbox) {
  epoll_event event{EPOLLIN, {.u64 = kInbox}};
  checked(epoll_ctl(epoll_, EPOLL_CTL_ADD, inbox_->filled.descriptor(), &event), "epoll_ctl");
  thread_ = std::thread([this] { run(); });
}

EventLoop::~EventLoop() {
  stopping_ = true;
  inbox_->filled.set();
  thread_.join();
  close(epoll_);
}

void EventLoop::spawn(std::function<void()> work) {
  auto fiber = std::make_shared<Fiber>(*this, std::move(work));
  ++fibers_;
  fiber->self = fiber;
  inbox_->put(std::move(fiber));
}

EventLoop* EventLoop::current() {
  return current_loop;
}

std::shared_ptr<Waker> EventLoop::waker() const {
  return running_->self;
}

// SCHED_BATCH keeps a wakeup from preempting the database, which mostly has the processor then; when the loop
// gets it, there is more work to do at once. Without the permission the loop runs under the default policy.
void EventLoop::run() {
  pthread_setname_np(pthread_self(), name_.c_str());
  const sched_param none{};
  pthread_setschedparam(pthread_self(), SCHED_BATCH, &none);
  current_loop = this;
  while (!stopping_ || fibers_ > 0) {
    wait();
    fire_timers();
    begin();
    // Fibers woken in this round run before descriptors are polled; a yielding fiber runs after them.
    for (int turn = 0; turn < kMaxTurnsPerRound && !ready_.empty(); ++turn) {
      resumed_.swap(ready_);
      for (Fiber* fiber : resumed_) resume(*fiber);
      resumed_.clear();
    }
  }
}

Clock::time_point EventLoop::wait_ended() const {
  return running_->ended;
}

void EventLoop::yield() {
  Fiber& fiber = *running_;
  ready_.push_back(&fiber);
  fiber.coroutine.suspend();
}

int EventLoop::timeout() const {
  if (!ready_.empty() || !new_ready_.empty()) return 0;
  const Deadline round = Clock::now() + kRound;
  return milliseconds_until(timers_.empty() ? round : std::min(round, timers_.begin()->first));
}

// Takes all events, or resumed work would queue behind new requests. Timers fire after that, so an event that
// came in time wins, also after the process was stopped and continued.
void EventLoop::wait() {
  std::array<epoll_event, 128> events;
  int count = 0;
  int milliseconds = timeout();
  do {
    count = epoll_wait(epoll_, events.data(), events.size(), std::exchange(milliseconds, 0));
    last_round_ = Clock::now();
    for (int i = 0; i < count; ++i) {
      const auto& [what, data] = events[static_cast<std::size_t>(i)];
      if (data.u64 == kInbox) {
        drain_inbox();
      } else {
        dispatch(data.u64, what);
      }
    }
  } while (count == static_cast<int>(events.size()) || (count < 0 && errno == EINTR));
}

void EventLoop::begin() {
  for (int i = 0; i < kMaxNewPerRound && !new_ready_.empty(); ++i) {
    ready_.push_back(new_ready_.front());
    new_ready_.pop_front();
  }
}

void EventLoop::drain_inbox() {
  for (const auto& fiber : inbox_->take()) make_ready(*fiber);
}

// An event without a waiting fiber is dropped: the next wait polls the descriptor again.
void EventLoop::dispatch(std::uint64_t key, std::uint32_t events) {
  Armed& armed = armed_[static_cast<std::uint32_t>(key)];
  if (armed.generation != key >> 32U) return;
  // The peer's close may arrive together with its last data as one event, so the next wait must arm anew.
  if (armed.fiber == nullptr || (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) armed.persistent = 0;
  if (armed.fiber == nullptr) return;
  armed.descriptor->revents = static_cast<short>(events);
  make_ready(*armed.fiber);
}

// Nearly all waits end long before their deadlines. So a timer is kept for the fiber's next wait, and is
// moved only when that deadline is earlier, or when the timer fires too early.
void EventLoop::set_timer(Fiber& fiber) {
  if (!fiber.timer) {
    fiber.timer = timers_.emplace(fiber.deadline, &fiber);
  } else if ((*fiber.timer)->first > fiber.deadline) {
    auto node = timers_.extract(*fiber.timer);
    node.key() = fiber.deadline;
    fiber.timer = timers_.insert(std::move(node));
  }
}

// Fires a bounded number in each round: hundreds may expire at once, and other fibers must run between.
void EventLoop::fire_timers() {
  const Clock::time_point now = last_round_;
  for (int expired = 0; expired < kMaxTimersPerRound && !timers_.empty() && timers_.begin()->first <= now;) {
    Fiber& fiber = *timers_.begin()->second;
    auto node = timers_.extract(timers_.begin());
    fiber.timer.reset();
    if (!fiber.waits) continue;
    if (fiber.deadline <= now) {
      make_ready(fiber);
      ++expired;
    } else {
      node.key() = fiber.deadline;
      fiber.timer = timers_.insert(std::move(node));
    }
  }
}

// Makes the fiber ready once for each wait, whatever ends the wait.
void EventLoop::make_ready(Fiber& fiber) {
  if (!std::exchange(fiber.waits, false)) return;
  fiber.ended = last_round_;
  if (fiber.priority == Priority::resume) {
    ready_.push_back(&fiber);
  } else {
    new_ready_.push_back(&fiber);
  }
}

void EventLoop::resume(Fiber& fiber) {
  running_ = &fiber;
  fiber.coroutine.resume();
  running_ = nullptr;
  if (!fiber.coroutine.ended()) return;
  --fibers_;
  if (fiber.timer) timers_.erase(*fiber.timer);
  fiber.self.reset();
}

void EventLoop::poll(std::span<pollfd> descriptors, Deadline deadline, Priority priority) {
  Fiber& fiber = *running_;
  for (pollfd& each : descriptors) each.revents = 0;
  fiber.ended = Clock::now();  // unless it has to wait
  if (fiber.called.exchange(false)) return;
  if (deadline <= fiber.ended) {
    ::poll(descriptors.data(), descriptors.size(), 0);
    return;
  }
  try {
    for (pollfd& each : descriptors) arm(each, priority);
    fiber.priority = priority;
    fiber.deadline = deadline;
    set_timer(fiber);
    fiber.waits = true;
    fiber.coroutine.suspend();
  } catch (...) {
    disarm(descriptors);
    throw;
  }
  disarm(descriptors);
  fiber.called = false;
}

void EventLoop::disarm(std::span<const pollfd> descriptors) {
  for (const pollfd& each : descriptors) {
    const auto place = static_cast<std::size_t>(each.fd);
    // Otherwise the descriptor was closed meanwhile, and another fiber waits for one with the same number.
    if (each.fd >= 0 && place < armed_.size() && armed_[place].fiber == running_)
      armed_[place].fiber = nullptr;
  }
}

// Arms a descriptor for one event. After an unfinished wait it stays armed, and its event is recognised by
// its earlier generation; the kernel drops a closed descriptor. Descriptors of clients stay armed for all
// further requests (edge-triggered), which saves one epoll_ctl() a request.
void EventLoop::arm(pollfd& descriptor, Priority priority) {
  if (descriptor.fd < 0) return;
  const auto place = static_cast<std::size_t>(descriptor.fd);
  if (place >= armed_.size()) armed_.resize(place + 1);
  Armed& armed = armed_[place];
  const bool persistent = priority == Priority::new_request;
  if (persistent && armed.persistent == descriptor.events) {
    armed.fiber = running_;
    armed.descriptor = &descriptor;
    return;
  }
  armed = {running_, &descriptor, ++generation_};
  epoll_event event{
      static_cast<std::uint32_t>(descriptor.events) | (persistent ? EPOLLET | EPOLLRDHUP : EPOLLONESHOT),
      {.u64 = key_of(descriptor.fd, generation_)}};
  if (epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor.fd, &event) != 0)
    checked(epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor.fd, &event), "epoll_ctl");
  if (persistent) armed.persistent = descriptor.events;
}

void EventLoop::deregister(int descriptor) {
  const auto place = static_cast<std::size_t>(descriptor);
  if (place < armed_.size()) armed_[place].persistent = 0;
}

}  // namespace tailor
