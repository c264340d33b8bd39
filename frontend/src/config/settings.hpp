#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/tiles.hpp"
#include "base/deadline.hpp"
#include "cache/cache.hpp"
#include "http/address_limit.hpp"
#include "http/cache_control.hpp"
#include "http/cors.hpp"
#include "postgres/pool.hpp"
#include "redis/pool.hpp"

namespace tailor::config {

/// A parameter of a URL that neither libpq nor this program knows.
struct IgnoredParameter {
  const char* setting;  // that has the URL
  std::string name;
};

/// All settings of the program, from the command line, the environment, a file and DATABASE_URL.
struct Settings {
  postgres::PoolSettings pool;
  cache::CacheSettings cache;
  std::optional<redis::PoolSettings> redis;  // none: no shared cache
  std::string redis_prefix = "tailor";
  Seconds request_timeout{15};                           // for all waits of a request together
  Seconds heartbeat{4};                                  // lost notifications are noticed within this time
  std::optional<postgres::ConnectionSettings> listener;  // where to listen, if not at DATABASE_URL
  std::string listen = "127.0.0.1";
  int port = 8080;
  std::string admin_listen = "127.0.0.1";
  int admin_port = 9180;
  int max_connections = 1024;  // HTTP connections
  int threads = 1;             // event loops
  http::AddressLimitSettings address_limit;
  int keep_alive_timeout = 5;  // seconds
  int drain_delay = 0;         // seconds between reporting not ready and closing the port
  http::ClientCaching client_caching;
  http::Cors cors;
  double snap_km = 0;
  bool explorer = false;
  std::string explorer_files = EXPLORER_FILES;  // a directory
  api::Tiles explorer_tiles;
  std::vector<IgnoredParameter> ignored_url_parameters;
  std::string log_level = "info";
  std::string log_format = "text";
};

/// Reads the settings. Precedence: flag, environment, file, DATABASE_URL's parameter, default. Returns
/// nothing after printing --help or --version. Throws Error.
std::optional<Settings> read_settings(int argc, const char* const* argv);

/// Logs a warning for each parameter of a URL that is ignored.
void log_ignored(const Settings& settings);

}  // namespace tailor::config
