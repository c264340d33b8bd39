#include "ops/reload.hpp"

#include "base/log.hpp"

namespace tailor {
namespace {

// Everything except the password.
bool same_database(const postgres::ConnectionSettings& a, const postgres::ConnectionSettings& b) {
  auto left = a.parameters;
  auto right = b.parameters;
  left.erase("password");
  right.erase("password");
  return left == right && a.schema == b.schema && a.pooling == b.pooling &&
         a.server_database == b.server_database && a.server_role == b.server_role;
}

void log_what_needs_a_restart(const config::Settings& now, const config::Settings& next) {
  const auto log_if_changed = [](const char* setting, bool same) {
    if (!same) log::warning("reload").with("setting", setting).with("effect", "needs a restart");
  };
  const auto same = [&](const char* setting, auto member) {
    log_if_changed(setting, std::invoke(member, now) == std::invoke(member, next));
  };
  using config::Settings;
  using postgres::PoolSettings;
  log_if_changed("database-url", same_database(now.pool.connection, next.pool.connection));
  log_if_changed("connect-timeout",
                 now.pool.connection.connect_timeout == next.pool.connection.connect_timeout);
  const auto same_of_pool = [&](const char* setting, auto member) {
    log_if_changed(setting, std::invoke(member, now.pool) == std::invoke(member, next.pool));
  };
  same_of_pool("connection-limit", &PoolSettings::size);
  same_of_pool("pipeline", &PoolSettings::pipeline);
  same_of_pool("max-waiting", &PoolSettings::max_waiting);
  same_of_pool("pool-timeout", &PoolSettings::pool_timeout);
  same_of_pool("query-timeout", &PoolSettings::query_timeout);
  same_of_pool("connection-lifetime", &PoolSettings::connection_lifetime);
  log_if_changed("max-answer-size",
                 now.pool.connection.max_answer_bytes == next.pool.connection.max_answer_bytes);
  log_if_changed("cache-bytes", now.cache.bytes == next.cache.bytes);
  log_if_changed("redis-url", now.redis.has_value() == next.redis.has_value());
  same("redis-prefix", &Settings::redis_prefix);
  log_if_changed("listen-url", now.listener.has_value() == next.listener.has_value() &&
                                   (!now.listener || same_database(*now.listener, *next.listener)));
  same("heartbeat", &Settings::heartbeat);
  same("listen", &Settings::listen);
  same("port", &Settings::port);
  same("admin-listen", &Settings::admin_listen);
  same("admin-port", &Settings::admin_port);
  same("max-connections", &Settings::max_connections);
  same("threads", &Settings::threads);
  same("keep-alive-timeout", &Settings::keep_alive_timeout);
  same("explorer", &Settings::explorer);
  same("explorer-files", &Settings::explorer_files);
  log_if_changed("explorer-tiles", now.explorer_tiles == next.explorer_tiles);
  same("log-format", &Settings::log_format);
}

std::string password(const postgres::ConnectionSettings& connection) {
  const auto found = connection.parameters.find("password");
  return found == connection.parameters.end() ? std::string{} : found->second;
}

}  // namespace

void Reloader::reload() {
  try {
    const auto settings = read_();
    if (!settings) return;
    log_what_needs_a_restart(started_, *settings);
    apply(*settings);
    config::log_ignored(*settings);
    log::info("reloaded");
  } catch (const std::exception& error) {
    log::error("reload_failed").with("reason", error.what()).with("effect", "the settings are unchanged");
  }
}

void Reloader::apply(const config::Settings& settings) {
  log::set_level(settings.log_level);
  const std::string pool = password(settings.pool.connection);
  parts_.pool.set_password(pool);
  parts_.listener.set_passwords(pool, settings.listener ? password(*settings.listener) : pool);
  parts_.cache.reload(settings.cache);
  if (parts_.redis != nullptr && settings.redis) parts_.redis->reload(*settings.redis);
  parts_.api.reload(settings.address_limit);
  parts_.api_settings.set(
      {settings.request_timeout, settings.client_caching, settings.cors, settings.snap_km});
  drain_delay_ = settings.drain_delay;
}

}  // namespace tailor
