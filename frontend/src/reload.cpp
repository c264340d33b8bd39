#include "reload.hpp"

#include <spdlog/spdlog.h>

namespace tailor {
namespace {

// All but the password.
bool same_database(const database::ConnectionSettings& a, const database::ConnectionSettings& b) {
  auto left = a.parameters;
  auto right = b.parameters;
  left.erase("password");
  right.erase("password");
  return left == right && a.schema == b.schema && a.pgbouncer == b.pgbouncer;
}

void tell_what_needs_a_restart(const config::Settings& now, const config::Settings& next) {
  const auto tell = [](const char* setting, bool same) {
    if (!same) spdlog::warn("event=reload setting={} effect=\"needs a restart\"", setting);
  };
  const auto same = [&](const char* setting, auto member) {
    tell(setting, std::invoke(member, now) == std::invoke(member, next));
  };
  using config::Settings;
  using database::PoolSettings;
  tell("database-url", same_database(now.pool.connection, next.pool.connection));
  tell("connect-timeout", now.pool.connection.connect_timeout == next.pool.connection.connect_timeout);
  const auto same_of_pool = [&](const char* setting, auto member) {
    tell(setting, std::invoke(member, now.pool) == std::invoke(member, next.pool));
  };
  same_of_pool("connection-limit", &PoolSettings::size);
  same_of_pool("max-waiting", &PoolSettings::max_waiting);
  same_of_pool("pool-timeout", &PoolSettings::pool_timeout);
  same_of_pool("query-timeout", &PoolSettings::query_timeout);
  same_of_pool("connection-lifetime", &PoolSettings::connection_lifetime);
  tell("cache-bytes", now.cache.bytes == next.cache.bytes);
  same("heartbeat", &Settings::heartbeat);
  same("listen", &Settings::listen);
  same("port", &Settings::port);
  same("admin-listen", &Settings::admin_listen);
  same("admin-port", &Settings::admin_port);
  same("max-connections", &Settings::max_connections);
  same("keep-alive-timeout", &Settings::keep_alive_timeout);
}

std::string password(const config::Settings& settings) {
  const auto& parameters = settings.pool.connection.parameters;
  const auto found = parameters.find("password");
  return found == parameters.end() ? std::string{} : found->second;
}

}  // namespace

void Reloader::reload() {
  try {
    const auto settings = read_();
    if (!settings) return;
    tell_what_needs_a_restart(started_, *settings);
    apply(*settings);
    spdlog::info("event=reloaded");
  } catch (const std::exception& error) {
    spdlog::error("event=reload_failed reason=\"{}\" effect=\"the settings stay as they were\"",
                  error.what());
  }
}

void Reloader::apply(const config::Settings& settings) {
  spdlog::set_level(spdlog::level::from_str(settings.log_level));
  parts_.pool.set_password(password(settings));
  parts_.listener.set_password(password(settings));
  parts_.cache.reload(settings.cache);
  parts_.api.reload(settings.address_limit);
  parts_.api_settings.set({settings.request_timeout, settings.client_caching});
  drain_delay_ = settings.drain_delay;
}

}  // namespace tailor
