#pragma once

#include <functional>
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
  std::jthread watchdog_;
};

}  // namespace tailor
