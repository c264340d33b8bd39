#include "waiting/event_loop.hpp"

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

#include "waiting/coroutine.hpp"
#include "waiting/event.hpp"
#include "waiting/waker.hpp"

namespace tailor {
namespace {

thread_local EventLoop* current_loop = nullptr;

int checked(int result, const char* call) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), call);
  return result;
}

constexpr int kTurns = 3;     // of fibers, in a round
constexpr int kBegun = 16;    // of what is new, in a round
constexpr int kExpired = 16;  // of waits whose time is over, in a round
constexpr std::uint64_t kInbox = ~std::uint64_t{0};

std::uint64_t key_of(int descriptor, std::uint32_t generation) {
  return std::uint64_t{generation} << 32U | static_cast<std::uint32_t>(descriptor);
}

}  // namespace

// Who is to go on, as told by other threads. It outlives the loop for who comes late.
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
  std::shared_ptr<Fiber> self;  // until it has ended
  std::atomic<bool> called = false;
  bool waits = true;
  Then then = Then::go_on;                // after its wait
  Deadline deadline{};                    // of that
  Clock::time_point ended{};              // when it did
  std::optional<Timers::iterator> timer;  // rings then, or before

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

// SCHED_BATCH: what it is woken for does not interrupt whoever has the processor, which is mostly the
// database at work on the next search; by the time it comes on, there is more to do at once. Without leave it
// goes on without.
void EventLoop::run() {
  pthread_setname_np(pthread_self(), name_.c_str());
  const sched_param none{};
  pthread_setschedparam(pthread_self(), SCHED_BATCH, &none);
  current_loop = this;
  while (!stopping_ || fibers_ > 0) {
    wait();
    expire();
    begin();
    // Whom these wake goes on before descriptors are asked for, and only then whoever woke him so.
    for (int turn = 0; turn < kTurns && !ready_.empty(); ++turn) {
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
  if (!ready_.empty() || !begun_.empty()) return 0;
  const Deadline round = Clock::now() + kRound;
  return milliseconds_until(timers_.empty() ? round : std::min(round, timers_.begin()->first));
}

// All that there is, or what is to go on would come behind all that is new; and before it is seen whose time
// is over: also when the process was stopped, which interrupts the wait.
void EventLoop::wait() {
  std::array<epoll_event, 128> events;
  int count = 0;
  int patience = timeout();
  do {
    count = epoll_wait(epoll_, events.data(), events.size(), std::exchange(patience, 0));
    last_round_ = Clock::now();
    for (int i = 0; i < count; ++i) {
      const auto& [what, data] = events[static_cast<std::size_t>(i)];
      if (data.u64 == kInbox) {
        take_in();
      } else {
        note(data.u64, what);
      }
    }
  } while (count == static_cast<int>(events.size()) || (count < 0 && errno == EINTR));
}

void EventLoop::begin() {
  for (int i = 0; i < kBegun && !begun_.empty(); ++i) {
    ready_.push_back(begun_.front());
    begun_.pop_front();
  }
}

void EventLoop::take_in() {
  for (const auto& fiber : inbox_->take()) make_ready(*fiber);
}

// What comes while nobody waits for it is looked for again when somebody does.
void EventLoop::note(std::uint64_t key, std::uint32_t events) {
  Armed& armed = armed_[static_cast<std::uint32_t>(key)];
  if (armed.generation != key >> 32U) return;
  // An end that came together with the last data is no event of its own: the next wait must ask anew.
  if (armed.fiber == nullptr || (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) armed.stays = 0;
  if (armed.fiber == nullptr) return;
  armed.descriptor->revents = static_cast<short>(events);
  make_ready(*armed.fiber);
}

// Nearly all waits end long before their deadlines: a timer stays for the fiber's next wait, is moved only
// when that one's deadline is earlier, and otherwise when it rings too early.
void EventLoop::set_timer(Fiber& fiber) {
  if (!fiber.timer) {
    fiber.timer = timers_.emplace(fiber.deadline, &fiber);
  } else if ((*fiber.timer)->first > fiber.deadline) {
    auto node = timers_.extract(*fiber.timer);
    node.key() = fiber.deadline;
    fiber.timer = timers_.insert(std::move(node));
  }
}

// Not all at once, as hundreds may be who waited in vain since the same moment, and others are to be served.
void EventLoop::expire() {
  const Clock::time_point now = last_round_;
  for (int expired = 0; expired < kExpired && !timers_.empty() && timers_.begin()->first <= now;) {
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

// Once for each wait, whatever ends it.
void EventLoop::make_ready(Fiber& fiber) {
  if (!std::exchange(fiber.waits, false)) return;
  fiber.ended = last_round_;
  if (fiber.then == Then::go_on) {
    ready_.push_back(&fiber);
  } else {
    begun_.push_back(&fiber);
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

void EventLoop::poll(std::span<pollfd> descriptors, Deadline deadline, Then then) {
  Fiber& fiber = *running_;
  for (pollfd& each : descriptors) each.revents = 0;
  fiber.ended = Clock::now();  // if there is nothing to wait for
  if (fiber.called.exchange(false)) return;
  if (deadline <= fiber.ended) {
    ::poll(descriptors.data(), descriptors.size(), 0);
    return;
  }
  try {
    for (pollfd& each : descriptors) arm(each, then);
    fiber.then = then;
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
    // Else it was closed meanwhile, and another fiber waits for what has its number now.
    if (each.fd >= 0 && place < armed_.size() && armed_[place].fiber == running_)
      armed_[place].fiber = nullptr;
  }
}

// For one event: what is not waited for any more is left armed, and its event is of an earlier generation. A
// descriptor that was closed was forgotten by the kernel. What is new comes to the same descriptors again and
// again: they stay armed, for what comes after all was read, which spares a call for each.
void EventLoop::arm(pollfd& descriptor, Then then) {
  if (descriptor.fd < 0) return;
  const auto place = static_cast<std::size_t>(descriptor.fd);
  if (place >= armed_.size()) armed_.resize(place + 1);
  Armed& armed = armed_[place];
  const bool stays = then == Then::begin;
  if (stays && armed.stays == descriptor.events) {
    armed.fiber = running_;
    armed.descriptor = &descriptor;
    return;
  }
  armed = {running_, &descriptor, ++generation_};
  epoll_event event{
      static_cast<std::uint32_t>(descriptor.events) | (stays ? EPOLLET | EPOLLRDHUP : EPOLLONESHOT),
      {.u64 = key_of(descriptor.fd, generation_)}};
  if (epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor.fd, &event) != 0)
    checked(epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor.fd, &event), "epoll_ctl");
  if (stays) armed.stays = descriptor.events;
}

void EventLoop::forget(int descriptor) {
  const auto place = static_cast<std::size_t>(descriptor);
  if (place < armed_.size()) armed_[place].stays = 0;
}

}  // namespace tailor
