#include "postgres/cancellation.hpp"

#include <array>
#include <atomic>
#include <exception>
#include <string>
#include <thread>
#include <utility>

#include "base/log.hpp"
#include "postgres/error.hpp"
#include "runtime/request_context.hpp"
#include "runtime/waker.hpp"

namespace tailor::postgres {
namespace {

class Sending {
 public:
  explicit Sending(Cancellation cancellation) : cancellation_(std::move(cancellation)) {}

  void run() {
    std::array<char, 256> reason{};
    if (PQcancel(cancellation_.get(), reason.data(), reason.size()) == 0) failure_ = reason.data();
    ended_ = true;
    waker_->wake();
  }

  bool ended() const { return ended_; }
  const std::string& failure() const { return failure_; }

 private:
  const Cancellation cancellation_;
  const std::shared_ptr<Waker> waker_ = own_waker();
  std::string failure_;
  std::atomic<bool> ended_ = false;
};

void log_failure(const std::string& reason) {
  log::debug("cancel_failed").with("reason", one_line(reason));
}

}  // namespace

// PQcancel() blocks, and for ever if the server is frozen: neither libpq's nor TCP's timeouts apply to a
// connection that the kernel has accepted. So it runs in a detached thread.
bool send(Cancellation cancellation, Deadline deadline) {
  if (!cancellation) return true;
  try {
    const auto sending = std::make_shared<Sending>(std::move(cancellation));
    std::thread([sending] { sending->run(); }).detach();
    if (wait_until(deadline, [&] { return sending->ended(); }) != WaitResult::ready) return false;
    if (!sending->failure().empty()) log_failure(sending->failure());
    return true;
  } catch (const std::exception& error) {  // out of memory or threads
    log_failure(error.what());
    return false;
  }
}

}  // namespace tailor::postgres
