#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cache/cache.hpp"
#include "database/pool.hpp"
#include "deadline.hpp"
#include "http/address_limit.hpp"
#include "http/cache_control.hpp"
#include "redis/pool.hpp"

namespace tailor::config {

/// All settings of the program, from the command line, the environment, a file and DATABASE_URL.
struct Settings {
  database::PoolSettings pool;
  cache::CacheSettings cache;
  std::optional<redis::PoolSettings> redis;  // none: instances share nothing
  std::string redis_prefix = "tailor";
  Seconds request_timeout{15};  // of all that a request waits for
  Seconds heartbeat{4};         // the longest that lost notifications go unnoticed
  std::string listen = "127.0.0.1";
  int port = 8080;
  std::string admin_listen = "127.0.0.1";
  int admin_port = 9180;
  int max_connections = 1024;  // of HTTP
  int threads = 1;             // that serve them
  http::AddressLimitSettings address_limit;
  int keep_alive_timeout = 5;  // seconds
  int drain_delay = 0;         // seconds between not being ready and accepting no more
  http::ClientCaching client_caching;
  double snap_km = 0;
  std::vector<std::string> ignored_url_parameters;  // of DATABASE_URL
  std::string log_level = "info";
  std::string log_format = "text";
};

/// Reads the settings: a flag beats the environment, which beats the file, which beats DATABASE_URL's
/// parameter, which beats the default. Returns nothing when all is done already (--help, --version), having
/// printed it. Throws Error.
std::optional<Settings> read_settings(int argc, const char* const* argv);

/// Logs a warning for each parameter of DATABASE_URL that is ignored.
void log_ignored(const Settings& settings);

}  // namespace tailor::config
