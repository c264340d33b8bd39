#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <optional>
#include <thread>

#include "api/admin.hpp"
#include "api/routes.hpp"
#include "api/static_files.hpp"
#include "base/log.hpp"
#include "cache/cache.hpp"
#include "cache/change_log.hpp"
#include "config/database_url.hpp"
#include "config/settings.hpp"
#include "http/server.hpp"
#include "notifications/listener.hpp"
#include "ops/process_limits.hpp"
#include "ops/reload.hpp"
#include "ops/systemd.hpp"
#include "postgres/pool.hpp"

namespace {

constexpr int kBadSettings = 2;
// Descriptors for the admin port, the listener, Redis and the rest.
constexpr std::size_t kOtherDescriptors = 64;

// Each pool connection may need one more to cancel; each thread has two epoll descriptors and an eventfd.
std::size_t other_descriptors(const tailor::config::Settings& settings) {
  return 2 * settings.pool.size + 3 * static_cast<std::size_t>(settings.threads) + kOtherDescriptors;
}

sigset_t our_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  return signals;
}

// Returns the signal that ends the program.
int wait_for_end(const std::function<void()>& reload) {
  const sigset_t signals = our_signals();
  for (int signal = 0;;) {
    sigwait(&signals, &signal);
    if (signal != SIGHUP) return signal;
    reload();
  }
}

// Whether accepting, event loops and HTTP work, tried on the admin port; /livez covers the API's port.
bool is_healthy(const std::string& address, int port) {
  httplib::Client client(address, port);
  client.set_connection_timeout(2);
  client.set_read_timeout(2);
  const auto answer = client.Get("/livez");
  return answer && answer->status == 200;
}

// Prints the addresses on stdout in text format, so that --port=0 reports the chosen port.
void announce(const tailor::config::Settings& settings, int port, int admin_port) {
  const std::string url = fmt::format("http://{}:{}", settings.listen, port);
  const std::string admin = fmt::format("http://{}:{}", settings.admin_listen, admin_port);
  if (settings.log_format == "json") {
    tailor::log::info("serving").with("url", url).with("admin_url", admin);
    return;
  }
  std::printf("tailor-frontend listens on %s, admin on %s\n", url.c_str(), admin.c_str());
  std::fflush(stdout);
}

int serve(const tailor::config::Settings& settings, const tailor::Reloader::Read& read_again) {
  using tailor::http::Server;
  std::atomic<bool> failed = false;
  std::atomic<bool> stopping = false;
  const auto end_all = [&failed] {
    failed = true;
    kill(getpid(), SIGTERM);
  };
  tailor::metrics::Metrics metrics;
  tailor::postgres::Pool pool(settings.pool, metrics);
  tailor::cache::ChangeLog change_log;
  tailor::notifications::Subscriptions subscriptions(metrics);
  std::optional<tailor::redis::Pool> redis;
  std::optional<tailor::cache::SharedCache> shared;
  if (settings.redis) {
    redis.emplace(*settings.redis, metrics);
    const auto origin = [&pool, &change_log] {
      const std::string own = pool.origin();
      return own.starts_with(tailor::postgres::kStandbyOrigin) ? own + ' ' + change_log.server() : own;
    };
    shared.emplace(*redis, settings.redis_prefix, origin, change_log, metrics);
  }
  tailor::cache::Cache cache(settings.cache, change_log, metrics, shared ? &*shared : nullptr);
  tailor::Live<tailor::api::ApiSettings> api_settings(
      {settings.request_timeout, settings.client_caching, settings.cors, settings.snap_km});
  std::optional<tailor::api::StaticFiles> explorer;
  if (settings.explorer) explorer.emplace(settings.explorer_files, settings.explorer_tiles);
  Server api({.address = settings.listen,
              .port = settings.port,
              .max_connections =
                  tailor::connections_within_limits(settings.max_connections, other_descriptors(settings)),
              .threads = settings.threads,
              .keep_alive_timeout = settings.keep_alive_timeout,
              .address_limit = settings.address_limit,
              .listener = tailor::metrics::Listener::api},
             tailor::api::public_routes(pool, cache, api_settings, metrics, explorer ? &*explorer : nullptr),
             metrics);
  const auto alive = [&] { return stopping || api.accepts(api_settings.get()->request_timeout); };
  Server admin({.address = settings.admin_listen,
                .port = settings.admin_port,
                .max_connections = 16,
                .threads = 1,
                .keep_alive_timeout = settings.keep_alive_timeout,
                .address_limit = {},
                .listener = tailor::metrics::Listener::admin},
               tailor::api::admin_routes(pool, cache, subscriptions, metrics, alive, stopping), metrics);
  admin.start(end_all);
  pool.wait_until_tried();
  const auto pool_is_full = [&pool] {
    const auto status = pool.status();
    return status.up == status.size;
  };
  const auto notify = [&](const std::string& payload) {
    tailor::RequestContext context(tailor::after(settings.pool.connection.connect_timeout));
    const auto send = [&](auto& connection, const auto& options) {
      connection.notify(payload, options);
      return tailor::postgres::Answer{};
    };
    pool.run(send, context);
  };
  const auto replace_unlike = [&pool](const std::string& fingerprint) {
    return pool.replace_unlike(fingerprint);
  };
  tailor::notifications::Listener listener({settings.pool.connection, settings.heartbeat, pool_is_full,
                                            notify, &subscriptions, replace_unlike, settings.listener},
                                           change_log, metrics);
  api.start(end_all);
  announce(settings, api.port(), admin.port());

  tailor::Reloader reloader(settings, read_again,
                            {pool, listener, cache, redis ? &*redis : nullptr, api, api_settings});
  const tailor::Systemd manager([&] { return is_healthy(settings.admin_listen, admin.port()); });
  tailor::Systemd::ready();
  const int signal = wait_for_end([&reloader] {
    tailor::Systemd::reloading();
    reloader.reload();
    tailor::Systemd::ready();
  });
  tailor::log::info("stopping").with("signal", signal);
  tailor::Systemd::stopping();
  std::thread([] { _exit(128 + wait_for_end([] {})); }).detach();  // a second signal ends the program at once
  stopping = true;
  api.drain();
  std::this_thread::sleep_for(std::chrono::seconds{reloader.drain_delay()});
  api.stop();
  admin.stop();
  return failed ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::optional<tailor::config::Settings> settings;
  try {
    settings = tailor::config::read_settings(argc, argv);
    if (!settings) return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "tailor-frontend: %s\n", error.what());
    return kBadSettings;
  }
  tailor::log::start(settings->log_level, settings->log_format);
  tailor::config::log_ignored(*settings);
  try {
    // Blocked before any thread starts, so that all threads inherit it and only sigwait() receives signals.
    const sigset_t signals = our_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    signal(SIGPIPE, SIG_IGN);
    tailor::bound_memory();
    return serve(*settings, [&] { return tailor::config::read_settings(argc, argv); });
  } catch (const std::exception& error) {
    tailor::log::error("failed").with("reason", error.what());
    return 1;
  }
}
