#include "http/connection_fibers.hpp"

#include <algorithm>
#include <chrono>
#include <new>

#include "base/log.hpp"

namespace tailor::http {

bool ConnectionFibers::add(const std::function<void()>& connection) {
  watchdog_.beat();
  std::unique_lock lock(mutex_);
  while (open_ >= limit_ || !start(connection)) make_room(lock);
  return true;
}

// False when no memory is left for another fiber. Throws if even the first one cannot start.
bool ConnectionFibers::start(const std::function<void()>& connection) {
  const auto& loop = *std::ranges::min_element(loops_, {}, [](const auto& each) { return each->fibers(); });
  try {
    loop->spawn([this, connection] {
      connection();
      const std::lock_guard lock(mutex_);
      --open_;
      ended_.notify_one();
    });
    ++open_;
    return true;
  } catch (const std::bad_alloc&) {
    log::error("no_stack").with("connections", open_).with("effect", "an idle connection is closed");
    if (open_ == 0) throw;
    return false;
  }
}

void ConnectionFibers::make_room(std::unique_lock<std::mutex>& lock) {
  constexpr std::chrono::milliseconds pause{20};  // before another connection may have become idle
  const std::size_t full = open_;
  watchdog_.set_full(true);
  do {
    waits_.evict_one();
  } while (!ended_.wait_for(lock, pause, [&] { return open_ < full; }));
  watchdog_.beat();
  watchdog_.set_full(false);
}

void ConnectionFibers::shutdown() {
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [this] { return open_ == 0; });
}

}  // namespace tailor::http
