#include "api/admin.hpp"

#include <spdlog/fmt/fmt.h>

#include <string>
#include <utility>

#include "api/static_files.hpp"
#include "api/status_page.hpp"
#include "http/problem.hpp"
#include "http/response.hpp"
#include "http/route.hpp"

namespace tailor::api {
namespace {

void livez(bool alive, httplib::Response& response) {
  response.status = alive ? 200 : 503;
  http::set_body(response, alive ? "ok\n" : "accepts no connections\n", "text/plain");
}

// What makes answers less fresh than usual.
std::string freshness(const postgres::PoolStatus& status, bool listening) {
  std::string lines;
  if (!listening) lines += "[!]notifications are down: cached answers expire by age\n";
  if (status.standby_lag > 0)
    lines += fmt::format("[!]the standby that answered last was {:.0f} bytes of the log behind\n",
                         status.standby_lag);
  return lines;
}

void readyz(const postgres::PoolStatus& status, const std::string& others, bool stopping, bool verbose,
            httplib::Response& response) {
  const bool connected = status.up > 0;
  const bool ready = connected && !stopping;
  response.status = ready ? 200 : 503;
  const std::string connections =
      std::to_string(status.up) + " of " + std::to_string(status.size) + " connections";
  const std::string reason = status.reason.empty() ? "not connected yet" : status.reason;
  std::string text = ready ? "ok" : stopping ? "stopping" : "database: " + reason;
  if (verbose) {
    text = stopping ? "[-]stopping\n" : "";
    text += std::string(connected ? "[+]" : "[-]") + "database " + (connected ? "ok: " : "failed: ") +
            connections;
    if (!connected || !status.reason.empty()) text += "; " + reason;
    text += "\n" + others + "readyz check " + (ready ? "passed" : "failed");
  }
  http::set_body(response, text + "\n", "text/plain");
}

void write_metrics(const postgres::PoolStatus& status, cache::Store::Status kept, metrics::Metrics& metrics,
                   httplib::Response& response) {
  metrics.pool_max.Set(static_cast<double>(status.size));
  metrics.pool_open.Set(static_cast<double>(status.up));
  metrics.pool_available.Set(static_cast<double>(status.available));
  metrics.pool_waiting.Set(static_cast<double>(status.waiting));
  metrics.cache_bytes.Set(static_cast<double>(kept.bytes));
  metrics.cache_entries.Set(static_cast<double>(kept.entries));
  http::set_body(response, metrics.text(), "text/plain; version=0.0.4; charset=utf-8");
}

void show(const StatusFile& file, httplib::Response& response) {
  for (const auto& [name, value] : StaticFiles::security_fields()) response.set_header(name, value);
  response.set_header("Cache-Control", "no-cache");
  http::set_body(response, file.body, file.type);
}

}  // namespace

http::Server::Handler admin_routes(const postgres::Pool& pool, const cache::Cache& cache,
                                   const notifications::Subscriptions& subscriptions,
                                   metrics::Metrics& metrics, std::function<bool()> alive,
                                   const std::atomic<bool>& stopping) {
  return [&pool, &cache, &subscriptions, &metrics, &stopping, alive = std::move(alive)](
             const httplib::Request& request, httplib::Response& response, const http::Arrival& arrival) {
    if (arrival.fault != nullptr) throw http::problem_from(*arrival.fault);
    const std::string& path = request.path;
    const StatusFile* page = status_file(path);
    const bool known =
        page != nullptr || path == "/livez" || path == "/readyz" || path == "/metrics" || path == "*";
    if (!known) throw http::problem_from_status(404);
    if (!http::wants_content(request, response)) return;
    if (page != nullptr) return show(*page, response);
    if (path == "/livez") return livez(alive(), response);
    if (path == "/metrics") return write_metrics(pool.status(), cache.status(), metrics, response);
    const auto status = pool.status();
    const std::string others = freshness(status, cache.change_log().listening()) + subscriptions.text();
    readyz(status, others, stopping, http::query_of(request).starts_with("verbose"), response);
  };
}

}  // namespace tailor::api
