#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace tailor {

/// Notifies systemd of the service's state (Type=notify, WatchdogSec=). Does nothing outside systemd.
class Systemd {
 public:
  /// While this lives, it notifies systemd's watchdog twice in each WatchdogSec, as long as `alive()` returns
  /// true.
  explicit Systemd(std::function<bool()> alive);

  static void ready();
  static void reloading();
  static void stopping();

 private:
  void watch(const std::stop_token& stop, const std::function<bool()>& alive,
             std::chrono::microseconds pause);

  std::mutex mutex_;
  std::condition_variable_any ended_;
  std::jthread watchdog_;  // declared last: it uses the members above
};

}  // namespace tailor
