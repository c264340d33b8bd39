#pragma once

#include <functional>

#include "config/settings.hpp"
#include "freshness/listener.hpp"
#include "http/routes.hpp"

namespace tailor {

/// Reads the settings again, from where they were read at the start, and gives them to who can change while
/// it serves. What cannot is told in the log; bad settings change nothing.
class Reloader {
 public:
  using Read = std::function<std::optional<config::Settings>()>;

  struct Parts {
    database::Pool& pool;
    freshness::Listener& listener;
    cache::Cache& cache;
    redis::Pool* redis;  // null: there is none
    http::Server& api;
    Live<http::ApiSettings>& api_settings;
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
