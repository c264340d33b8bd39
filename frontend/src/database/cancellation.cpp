#include "database/cancellation.hpp"

#include <array>
#include <atomic>
#include <exception>
#include <string>
#include <thread>
#include <utility>

#include "database/error.hpp"
#include "log.hpp"
#include "waiting/caller.hpp"
#include "waiting/waker.hpp"

namespace tailor::database {
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

// PQcancel() blocks, and if the server is frozen without end: no timeout of libpq's or of TCP's applies to a
// connection that its kernel has taken. So it has a thread, which is left behind.
bool send(Cancellation cancellation, Deadline deadline) {
  if (!cancellation) return true;
  try {
    const auto sending = std::make_shared<Sending>(std::move(cancellation));
    std::thread([sending] { sending->run(); }).detach();
    if (wait_until(deadline, [&] { return sending->ended(); }) != Woken::ready) return false;
    if (!sending->failure().empty()) log_failure(sending->failure());
    return true;
  } catch (const std::exception& error) {  // no memory, no thread
    log_failure(error.what());
    return false;
  }
}

}  // namespace tailor::database
