#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace tailor {

/// Tells systemd, where it asked for it (Type=notify, WatchdogSec=), how the service is. Does nothing
/// elsewhere.
class ServiceManager {
 public:
  /// While this lives, systemd hears twice in each WatchdogSec that `alive()`; not when that is false or does
  /// not return.
  explicit ServiceManager(std::function<bool()> alive);

  static void ready();
  static void reloading();
  static void stopping();

 private:
  void watch(const std::stop_token& stop, const std::function<bool()>& alive,
             std::chrono::microseconds pause);

  std::mutex mutex_;
  std::condition_variable_any ended_;
  std::jthread watchdog_;  // last: it uses the above
};

}  // namespace tailor
