#pragma once

#include <functional>

#include "api/routes.hpp"
#include "config/settings.hpp"
#include "notifications/listener.hpp"

namespace tailor {

/// Reads the settings again and applies those that can change while the program serves. A changed setting
/// that needs a restart is logged. Invalid settings change nothing.
class Reloader {
 public:
  using Read = std::function<std::optional<config::Settings>()>;

  struct Parts {
    postgres::Pool& pool;
    notifications::Listener& listener;
    cache::Cache& cache;
    redis::Pool* redis;  // null: no Redis
    http::Server& api;
    Live<api::ApiSettings>& api_settings;
  };

  Reloader(config::Settings started, Read read, const Parts& parts)
      : started_(std::move(started)), read_(std::move(read)), parts_(parts) {}

  void reload();
  int drain_delay() const { return drain_delay_; }

 private:
  void apply(const config::Settings& settings);

  const config::Settings started_;
  const Read read_;
  const Parts parts_;
  int drain_delay_ = started_.drain_delay;
};

}  // namespace tailor
