#include "config/settings.hpp"

#include <spdlog/fmt/fmt.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/algorithm/string/replace.hpp>
#include <cstdlib>
#include <iostream>

#include "base/log.hpp"
#include "config/database_url.hpp"
#include "config/http_options.hpp"
#include "config/option.hpp"
#include "config/redis_url.hpp"

namespace tailor::config {
namespace {

// The settings as given. Those that DATABASE_URL may also contain are empty unless set.
struct Given {
  std::string database_url;
  std::string listen_url;
  std::string connection_limit;
  std::string pool_timeout;
  std::string connect_timeout;
  std::string connection_lifetime;
  std::string query_timeout;
  std::string request_timeout;
  int pipeline = 12;
  int max_waiting = 1024;
  std::string heartbeat;
  std::string redis_url;
  std::string redis_timeout;
  Settings settings;
};

// With pipelining, one session keeps a core busy. Without it a session sleeps between queries, so two share a
// core. More sessions compete for cores and caches, which was measured to be slower.
int default_connection_limit(bool pipelines) {
  return std::max(2, pipelines ? cores() : 2 * cores());
}

// A CLI11 check that calls a parser of this program, so that its error messages are the same everywhere.
template <typename Parser>
CLI::Validator checked_by(Parser parse) {
  return CLI::Validator(
      [parse](std::string& text) -> std::string {
        try {
          parse("the value", text);
          return {};
        } catch (const Error& error) {
          return error.what();
        }
      },
      "");
}

void add_database_options(CLI::App& app, Given& given) {
  app.add_option("--database-url", given.database_url, "the database's URL, as Prisma writes it")
      ->envname("DATABASE_URL")
      ->type_name("URL");
  app.add_option("--listen-url", given.listen_url,
                 "where to listen for changes where DATABASE_URL leads to a pooler: the server's own URL")
      ->envname("TAILOR_LISTEN_URL")
      ->type_name("URL");
  app.add_option("--connection-limit", given.connection_limit, "connections to the database")
      ->envname("TAILOR_CONNECTION_LIMIT")
      ->type_name("COUNT")
      ->default_str("number of cores, twice that where pipeline is 1: " +
                    std::to_string(default_connection_limit(true)))
      ->check(checked_by(parse_count));
  number_adder(app)("--pipeline", "TAILOR_PIPELINE", given.pipeline,
                    "queries in flight on a database connection, while queries are short", "COUNT", 1, 16);
  number_adder(app)("--max-waiting", "TAILOR_MAX_WAITING", given.max_waiting,
                    "requests that may wait for a database connection", "COUNT", 0, 100000);
  const auto add_seconds = [&](const char* name, const char* variable, std::string& target, const char* text,
                               const char* default_value) {
    app.add_option(name, target, text)
        ->envname(variable)
        ->type_name("SECONDS")
        ->default_str(default_value)
        ->check(checked_by(parse_seconds));
  };
  add_seconds("--pool-timeout", "TAILOR_POOL_TIMEOUT", given.pool_timeout,
              "the longest wait of a request for a database connection", "10");
  add_seconds("--connect-timeout", "TAILOR_CONNECT_TIMEOUT", given.connect_timeout,
              "the longest time to connect to a host of the database", "5");
  add_seconds("--connection-lifetime", "TAILOR_CONNECTION_LIFETIME", given.connection_lifetime,
              "with several hosts, how long a connection lives before it may move to another host", "60");
  add_seconds("--query-timeout", "TAILOR_QUERY_TIMEOUT", given.query_timeout,
              "the longest wait of a request for the database's answer", "5");
  add_seconds("--request-timeout", "TAILOR_REQUEST_TIMEOUT", given.request_timeout,
              "the longest duration of a request, all waits together", "pool-timeout + query-timeout");
  add_seconds("--heartbeat", "TAILOR_HEARTBEAT", given.heartbeat,
              "a loss of change notifications is noticed within this time", "4");
}

void add_max_answer_size(CLI::App& app, std::size_t& bytes) {
  app.add_option("--max-answer-size", bytes, "the largest answer, as 4194304 or 4MiB")
      ->envname("TAILOR_MAX_ANSWER_SIZE")
      ->type_name("SIZE")
      ->default_str("4MiB")
      ->transform(CLI::AsSizeValue(false).description(""))
      ->check(CLI::Range(std::size_t{1} << 16U, std::size_t{1} << 28U).description(""));
}

double parse_seconds_or_none(std::string_view name, std::string_view text) {
  return text == "0" ? 0 : parse_seconds(name, text);
}

void add_cache_options(CLI::App& app, cache::CacheSettings& cache) {
  constexpr std::size_t most = std::size_t{1} << 50U;  // a negative number has wrapped to a larger one
  app.add_option("--cache-bytes", cache.bytes, "memory of the cache, as 67108864 or 64MiB; 0: no cache")
      ->envname("TAILOR_CACHE_BYTES")
      ->type_name("SIZE")
      ->default_str("64MiB")
      ->transform(CLI::AsSizeValue(false).description(""))
      ->check(CLI::Range(std::size_t{0}, most).description(""));
  const auto add_seconds = [&](const char* name, const char* variable, Seconds& target, const char* text,
                               auto parse) {
    app.add_option_function<std::string>(
           name, [&target, parse](const std::string& given) { target = Seconds{parse("the value", given)}; },
           text)
        ->envname(variable)
        ->type_name("SECONDS")
        ->default_str(fmt::format("{:g}", target.count()))
        ->check(checked_by(parse));
  };
  add_seconds("--cache-ttl", "TAILOR_CACHE_TTL", cache.ttl,
              "time to live of a cached answer while changes are notified", parse_seconds);
  add_seconds("--cache-ttl-without-notifications", "TAILOR_CACHE_TTL_WITHOUT_NOTIFICATIONS",
              cache.ttl_without_notifications, "... while they are not", parse_seconds);
  add_seconds("--cache-stale", "TAILOR_CACHE_STALE", cache.stale,
              "how long after that it is served while being refreshed", parse_seconds_or_none);
  add_seconds("--cache-stale-if-error", "TAILOR_CACHE_STALE_IF_ERROR", cache.stale_if_error,
              "how long after its time to live it is served while the database is away",
              parse_seconds_or_none);
}

void add_redis_options(CLI::App& app, Given& given) {
  app.add_option("--redis-url", given.redis_url,
                 "the Redis through which instances share answers; none by default")
      ->envname("REDIS_URL")
      ->type_name("URL");
  app.add_option("--redis-timeout", given.redis_timeout, "the longest delay of a request by Redis")
      ->envname("TAILOR_REDIS_TIMEOUT")
      ->type_name("SECONDS")
      ->default_str("0.05")
      ->check(checked_by(parse_seconds));
  app.add_option("--redis-prefix", given.settings.redis_prefix, "prefix of the keys in Redis")
      ->envname("TAILOR_REDIS_PREFIX")
      ->type_name("TEXT")
      ->capture_default_str();
}

void add_options(CLI::App& app, Given& given) {
  app.set_version_flag("--version", "tailor-frontend " FRONTEND_VERSION);
  app.set_config("--config", "", "a file with settings: lines name=value", false)
      ->envname("TAILOR_CONFIG")
      ->type_name("FILE");
  app.allow_config_extras(CLI::config_extras_mode::error);
  add_database_options(app, given);
  add_max_answer_size(app, given.settings.pool.connection.max_answer_bytes);
  add_cache_options(app, given.settings.cache);
  add_redis_options(app, given);
  add_http_options(app, given.settings);
  app.add_option("--log-level", given.settings.log_level, "lowest level of the log, on stderr")
      ->envname("TAILOR_LOG_LEVEL")
      ->type_name("debug|info|warning|error|off")
      ->capture_default_str()
      ->check(CLI::IsMember(log::kLevels).description(""));
  app.add_option("--log-format", given.settings.log_format, "key=value pairs, or one JSON object per line")
      ->envname("TAILOR_LOG_FORMAT")
      ->type_name("text|json")
      ->capture_default_str()
      ->check(CLI::IsMember(log::kFormats).description(""));
  for (CLI::Option* option : app.get_options()) option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

// CLI11 prefers a file to the environment. Here the environment wins, so its values are inserted before the
// command line's; the last value counts.
std::vector<std::string> with_environment(const CLI::App& app, int argc, const char* const* argv) {
  std::vector<std::string> arguments;
  for (const CLI::Option* option : app.get_options()) {
    const char* value = option->get_envname().empty() ? nullptr : std::getenv(option->get_envname().c_str());
    if (value != nullptr && *value != '\0') arguments.push_back(option->get_name() + "=" + value);
  }
  arguments.insert(arguments.end(), argv + 1, argv + argc);
  std::ranges::reverse(arguments);  // CLI11's parse(vector) expects this order
  return arguments;
}

// Lists names only: an unexpected argument may be a misspelt --database-url or part of one after a blank.
std::string unexpected(const CLI::App& app) {
  std::string names;
  for (const std::string& each : app.remaining(true)) {
    names += names.empty() ? "not expected: " : ", ";
    names += each.starts_with("--") ? each.substr(0, each.find('=')) : "a value without a name";
  }
  return names;
}

// CLI11's message quotes the value.
std::string without_url(const std::string& message) {
  const std::size_t scheme_end = message.find("://");
  return scheme_end == std::string::npos ? message : message.substr(0, scheme_end + 3) + "…";
}

Seconds first_of(const std::string& given, const std::optional<double>& from_url, double default_value) {
  return Seconds{!given.empty() ? parse_seconds("the value", given) : from_url.value_or(default_value)};
}

// The wait for a connection leaves part of the request's time to the query, which otherwise would be wasted.
void limit_requests(const std::string& given, Settings& settings) {
  constexpr double waiting_share = 0.75;
  postgres::PoolSettings& pool = settings.pool;
  settings.request_timeout = first_of(given, {}, (pool.pool_timeout + pool.query_timeout).count());
  if (!given.empty())
    pool.pool_timeout = std::min(pool.pool_timeout, waiting_share * settings.request_timeout);
}

std::optional<redis::PoolSettings> redis_of(const Given& given) {
  if (given.redis_url.empty()) return std::nullopt;
  const redis::PoolSettings redis{parse_redis_url(given.redis_url), first_of(given.redis_timeout, {}, 0.05)};
  if (given.settings.cache.bytes == 0)
    throw Error("with REDIS_URL, cache-bytes must not be 0: answers from Redis are cached in memory, too");
  return redis;
}

postgres::Pooling pooling_of(std::optional<bool> pgbouncer) {
  using postgres::Pooling;
  return !pgbouncer ? Pooling::unstated : *pgbouncer ? Pooling::transaction : Pooling::session;
}

// Moves host, database, role and the like from a URL to the settings of a connection.
void connect_by(const char* setting, DatabaseUrl& url, postgres::ConnectionSettings& connection,
                std::vector<IgnoredParameter>& ignored) {
  connection.parameters = std::move(url.parameters);
  connection.schema = std::move(url.schema);
  connection.server_database = std::move(url.server_database);
  connection.server_role = std::move(url.server_role);
  connection.pooling = pooling_of(url.pgbouncer);
  for (std::string& name : url.ignored) ignored.push_back({setting, std::move(name)});
}

// Its errors name listen-url.
DatabaseUrl parse_listen_url(const std::string& given) {
  try {
    return parse_database_url(given);
  } catch (const Error& error) {
    throw Error(boost::replace_all_copy(std::string{error.what()}, "DATABASE_URL", "listen-url"));
  }
}

// What listen-url leaves open is as for the pool.
std::optional<postgres::ConnectionSettings> listener_of(const Given& given, Settings& settings) {
  if (given.listen_url.empty()) return std::nullopt;
  postgres::ConnectionSettings connection = settings.pool.connection;
  DatabaseUrl url = parse_listen_url(given.listen_url);
  if (url.schema.empty()) url.schema = connection.schema;
  connect_by("listen-url", url, connection, settings.ignored_url_parameters);
  return connection;
}

Settings combine(Given given) {
  if (given.database_url.empty()) {
    throw Error(
        "DATABASE_URL is not set (or give --database-url=postgresql://user:password@host:port/database)");
  }
  DatabaseUrl url = parse_database_url(given.database_url);
  auto redis = redis_of(given);
  Settings settings = std::move(given.settings);
  settings.redis = std::move(redis);
  settings.pool.connection.shared = settings.redis.has_value();
  settings.pool.pipeline = url.pgbouncer.value_or(false) ? 1 : static_cast<std::size_t>(given.pipeline);
  settings.pool.size = static_cast<std::size_t>(
      !given.connection_limit.empty()
          ? parse_count("the value", given.connection_limit)
          : url.connection_limit.value_or(default_connection_limit(settings.pool.pipeline > 1)));
  settings.pool.max_waiting = static_cast<std::size_t>(given.max_waiting);
  settings.pool.pool_timeout = first_of(given.pool_timeout, url.pool_timeout, 10);
  settings.pool.connection_lifetime = first_of(given.connection_lifetime, {}, 60);
  settings.pool.query_timeout = first_of(given.query_timeout, url.socket_timeout, 5);
  limit_requests(given.request_timeout, settings);
  settings.heartbeat = first_of(given.heartbeat, {}, 4);
  settings.pool.connection.connect_timeout = first_of(given.connect_timeout, url.connect_timeout, 5);
  settings.pool.connection.statement_timeout =
      std::min(settings.pool.query_timeout, settings.request_timeout);
  connect_by("DATABASE_URL", url, settings.pool.connection, settings.ignored_url_parameters);
  settings.listener = listener_of(given, settings);
  return settings;
}

}  // namespace

std::optional<Settings> read_settings(int argc, const char* const* argv) {
  Given given;
  CLI::App app{
      "Serves tailor_search over HTTP.\n\nA flag beats the environment, which beats the file, which beats "
      "a parameter of DATABASE_URL, which beats the default."};
  app.name("tailor-frontend");
  add_options(app, given);
  try {
    app.parse(with_environment(app, argc, argv));
  } catch (const CLI::Success& done) {
    app.exit(done);
    return std::nullopt;
  } catch (const CLI::ExtrasError&) {
    throw Error(unexpected(app));
  } catch (const CLI::ParseError& error) {
    throw Error(without_url(error.what()));
  }
  return combine(std::move(given));
}

void log_ignored(const Settings& settings) {
  for (const auto& [setting, name] : settings.ignored_url_parameters) {
    log::warning("parameter_ignored")
        .with("setting", setting)
        .with("parameter", name)
        .with("reason", "neither libpq nor tailor-frontend knows it");
  }
}

}  // namespace tailor::config
