#include "config/http_options.hpp"

#include <spdlog/fmt/fmt.h>

#include <charconv>
#include <string>

#include "api/snap.hpp"
#include "config/option.hpp"

namespace tailor::config {
namespace {

void add_trusted_proxies(CLI::App& app, http::Networks& proxies) {
  constexpr const char* loopback = "127.0.0.0/8,::1";
  proxies = http::Networks::parse(loopback).value();
  app.add_option_function<std::string>(
         "--trusted-proxies",
         [&proxies](const std::string& given) { proxies = *http::Networks::parse(given); },
         "addresses and networks without this limit")
      ->envname("TAILOR_TRUSTED_PROXIES")
      ->type_name("LIST")
      ->default_str(loopback)
      ->check([](const std::string& given) {
        return http::Networks::parse(given) ? "" : "must be addresses and networks like 10.1.2.3,10.2.0.0/16";
      });
}

void add_cors_origins(CLI::App& app, http::Cors& cors) {
  app.add_option_function<std::string>(
         "--cors-origins", [&cors](const std::string& given) { cors = *http::Cors::parse(given); },
         "the origins whose pages may read answers, as https://shop.example, or *; none by default")
      ->envname("TAILOR_CORS_ORIGINS")
      ->type_name("LIST")
      ->check([](const std::string& given) {
        return http::Cors::parse(given)
                   ? ""
                   : "must be * alone, or origins as browsers send them, like "
                     "https://shop.example,http://localhost:3000: no path, no capital, no default port";
      });
}

void add_server_options(CLI::App& app, Settings& settings) {
  const auto add_address = [&](const char* name, const char* variable, std::string& target,
                               const char* text) {
    app.add_option(name, target, text)->envname(variable)->type_name("ADDRESS")->capture_default_str();
  };
  const auto add_number = number_adder(app);
  add_address("--listen", "TAILOR_LISTEN", settings.listen, "the address to serve on");
  add_number("--port", "TAILOR_PORT", settings.port, "the port to serve on; 0: any free port", "PORT", 0,
             65535);
  add_address("--admin-listen", "TAILOR_ADMIN_LISTEN", settings.admin_listen,
              "the address of the admin port");
  add_number("--admin-port", "TAILOR_ADMIN_PORT", settings.admin_port,
             "the port of /livez, /readyz, /metrics", "PORT", 0, 65535);
  add_number("--max-connections", "TAILOR_MAX_CONNECTIONS", settings.max_connections,
             "HTTP connections at a time; at the limit, one that waits for its client is closed", "COUNT", 1,
             100000);
  settings.threads = std::max(1, cores() / 2);  // the database needs the other cores
  add_number("--threads", "TAILOR_THREADS", settings.threads, "threads that serve these connections", "COUNT",
             1, 256)
      ->default_str("half the number of cores: " + std::to_string(settings.threads));
  add_number("--max-connections-per-address", "TAILOR_MAX_CONNECTIONS_PER_ADDRESS",
             settings.address_limit.most, "... from one client address; 0: unlimited", "COUNT", 0, 100000);
  add_trusted_proxies(app, settings.address_limit.proxies);
  add_number("--keep-alive-timeout", "TAILOR_KEEP_ALIVE_TIMEOUT", settings.keep_alive_timeout,
             "how long an idle HTTP connection stays open", "SECONDS", 1, 3600);
  add_number("--drain-delay", "TAILOR_DRAIN_DELAY", settings.drain_delay,
             "after SIGTERM, how long it reports not ready and still accepts", "SECONDS", 0, 3600);
}

void add_snap_option(CLI::App& app, double& snap_km) {
  app.add_option("--snap-km", snap_km,
                 "grid to which positions are snapped, so that neighbours share answers; 0: off")
      ->envname("TAILOR_SNAP_KM")
      ->type_name("KM")
      ->capture_default_str()
      ->check([](const std::string& given) -> std::string {
        double km = -1;
        const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), km);
        const bool number = error == std::errc{} && end == given.data() + given.size();
        if (number && (km == 0 || (km >= api::kFinestGrid && km <= api::kCoarsestGrid))) return {};
        return fmt::format("must be 0, or a number from {} to {}", api::kFinestGrid, api::kCoarsestGrid);
      });
}

void add_explorer_options(CLI::App& app, Settings& settings) {
  app.add_flag("--explorer", settings.explorer, "serve a page with a map of the tailors at /")
      ->envname("TAILOR_EXPLORER")
      ->type_name("true|false")
      ->default_str("false");
  app.add_option("--explorer-files", settings.explorer_files, "the directory of that page's files")
      ->envname("TAILOR_EXPLORER_FILES")
      ->type_name("DIRECTORY")
      ->default_str("those installed");
  app.add_option(
         "--explorer-tiles", settings.explorer_tiles.url,
         "street map behind that page's map, as https://tile.example/{z}/{x}/{y}.png; none by default")
      ->envname("TAILOR_EXPLORER_TILES")
      ->type_name("URL")
      ->check([](const std::string& given) { return api::fault_of_tiles(given); });
  app.add_option("--explorer-tiles-attribution", settings.explorer_tiles.attribution,
                 "HTML that names the source of these tiles, as its license asks for")
      ->envname("TAILOR_EXPLORER_TILES_ATTRIBUTION")
      ->type_name("HTML");
}

void add_client_caching_options(CLI::App& app, http::ClientCaching& caching) {
  constexpr int a_year = 365 * 24 * 3600;
  const auto add_number = number_adder(app);
  add_number("--http-max-age", "TAILOR_HTTP_MAX_AGE", caching.max_age,
             "how long browsers and CDNs may use an answer without revalidation", "SECONDS", 0, a_year);
  add_number("--http-stale-while-revalidate", "TAILOR_HTTP_STALE_WHILE_REVALIDATE",
             caching.stale_while_revalidate, "... and after that, while they revalidate", "SECONDS", 0,
             a_year);
  add_number("--http-stale-if-error", "TAILOR_HTTP_STALE_IF_ERROR", caching.stale_if_error,
             "... and after that, when revalidation fails", "SECONDS", 0, a_year);
}

}  // namespace

void add_http_options(CLI::App& app, Settings& settings) {
  add_server_options(app, settings);
  add_client_caching_options(app, settings.client_caching);
  add_cors_origins(app, settings.cors);
  add_snap_option(app, settings.snap_km);
  add_explorer_options(app, settings);
}

}  // namespace tailor::config
