#include "ops/systemd.hpp"

#include <systemd/sd-daemon.h>

#include <ctime>
#include <utility>

#include "base/log.hpp"

namespace tailor {

Systemd::Systemd(std::function<bool()> alive) {
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) <= 0) return;
  const std::chrono::microseconds pause(microseconds / 2);
  watchdog_ = std::jthread(
      [this, alive = std::move(alive), pause](const std::stop_token& stop) { watch(stop, alive, pause); });
}

void Systemd::watch(const std::stop_token& stop, const std::function<bool()>& alive,
                    std::chrono::microseconds pause) {
  std::unique_lock lock(mutex_);
  do {
    if (alive()) {
      sd_notify(0, "WATCHDOG=1");
    } else {
      log::error("not_alive").with("effect", "systemd's watchdog is not notified");
    }
  } while (!ended_.wait_for(lock, stop, pause, [&stop] { return stop.stop_requested(); }));
}

void Systemd::ready() {
  sd_notify(0, "READY=1");
}

void Systemd::reloading() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld", now.tv_sec * 1000000LL + now.tv_nsec / 1000);
}

void Systemd::stopping() {
  sd_notify(0, "STOPPING=1");
}

}  // namespace tailor
