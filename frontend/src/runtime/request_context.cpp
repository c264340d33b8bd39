#include "runtime/request_context.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <optional>
#include <utility>

#include "base/log.hpp"

namespace tailor {

// A client that shuts down its sending side counts as gone: it looks the same as one that closed.
bool RequestContext::left() {
  if (watched_.fd >= 0) {
    pollfd now = watched_;
    if (::poll(&now, 1, 0) <= 0) return false;
    client_left_ = true;
    watched_.fd = -1;
  }
  return client_left_ && (waiters_ == nullptr || !waiters_->any());
}

RequestContext::Sharing::~Sharing() {
  context_.waiters_ = nullptr;
}

namespace {

// The client's socket is watched after this time. Most waits end before, and watching costs system calls.
constexpr Seconds kQuery{0.05};
constexpr Seconds kTurn{1};  // waits for a connection or another request's answer do not load the database

// A destructor must not wait while an exception unwinds the stack: the wait might throw, which ends the
// process.
bool unwinding() {
  if (std::uncaught_exceptions() == 0) return false;
  log::error("wait_in_destructor").with("effect", "the wait ended at once");
  return true;
}

// Repeated waits of one fiber or thread for the same event.
class Wait {
 public:
  Wait(int descriptor, short events, const WaitOptions& options)
      : awaited_{descriptor, events, 0}, options_(options) {}

  // Waits once. No value: the wait ended without the event, the deadline or the client's leaving.
  std::optional<WaitResult> once() {
    if (unwinding()) return WaitResult::timed_out;
    std::array<pollfd, 2> both{awaited_, {-1, 0, 0}};
    const bool watches = std::exchange(watches_, true);
    if (watches && options_.context != nullptr) both[1] = options_.context->watched();
    poll(both, watches ? options_.deadline : std::min(options_.deadline, unwatched_until_),
         options_.priority);
    if (both[0].revents != 0) return WaitResult::ready;
    if (options_.context != nullptr && (both[1].revents != 0 || options_.context->client_left()) &&
        options_.context->left())
      return WaitResult::cancelled;
    if (Clock::now() >= options_.deadline) return WaitResult::timed_out;
    return std::nullopt;
  }

 private:
  const pollfd awaited_;
  const WaitOptions options_;
  const Deadline unwatched_until_ = after(awaited_.fd < 0 ? kTurn : kQuery);
  bool watches_ = options_.context == nullptr;
};

}  // namespace

WaitResult wait_for(int descriptor, short events, const WaitOptions& options) {
  for (Wait wait(descriptor, events, options);;) {
    if (const auto result = wait.once()) return *result;
  }
}

WaitResult wait_until(const WaitOptions& options, const std::function<bool()>& holds) {
  return wait_for(-1, 0, options, holds);
}

WaitResult wait_for(int descriptor, short events, const WaitOptions& options,
                    const std::function<bool()>& holds) {
  for (Wait wait(descriptor, events, options); !holds();) {
    const auto result = wait.once();
    if (result && (*result == WaitResult::ready || !holds())) return *result;
  }
  return WaitResult::ready;
}

}  // namespace tailor
