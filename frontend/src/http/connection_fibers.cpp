#include "http/connection_fibers.hpp"

#include <algorithm>
#include <chrono>
#include <new>

#include "log.hpp"

namespace tailor::http {

bool ConnectionFibers::add(const std::function<void()>& connection) {
  pulse_.beat();
  std::unique_lock lock(mutex_);
  while (open_ >= limit_ || !start(connection)) make_room(lock);
  return true;
}

// False when there can be no further fiber now; the first one must succeed.
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
    log::error("no_stack").with("connections", open_).with("effect", "another one gives way");
    if (open_ == 0) throw;
    return false;
  }
}

void ConnectionFibers::make_room(std::unique_lock<std::mutex>& lock) {
  constexpr std::chrono::milliseconds patience{20};  // then another one may have come to wait for its client
  const std::size_t full = open_;
  pulse_.set_full(true);
  do {
    waits_.end_one();
  } while (!ended_.wait_for(lock, patience, [&] { return open_ < full; }));
  pulse_.beat();
  pulse_.set_full(false);
}

void ConnectionFibers::shutdown() {
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [this] { return open_ == 0; });
}

}  // namespace tailor::http
