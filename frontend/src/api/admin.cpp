#include "api/admin.hpp"

#include <string>
#include <utility>

#include "http/problem.hpp"

namespace tailor::api {
namespace {

void livez(bool alive, http::Response& response) {
  response.status = alive ? 200 : 503;
  response.set_content(alive ? "ok\n" : "accepts no connections\n", "text/plain");
}

void readyz(const postgres::PoolStatus& status, bool stopping, bool verbose, http::Response& response) {
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
    text += ready ? "\nreadyz check passed" : "\nreadyz check failed";
  }
  response.set_content(text + "\n", "text/plain");
}

void write_metrics(const postgres::PoolStatus& status, cache::Store::Status kept, metrics::Metrics& metrics,
                   http::Response& response) {
  metrics.pool_max.Set(static_cast<double>(status.size));
  metrics.pool_open.Set(static_cast<double>(status.up));
  metrics.pool_available.Set(static_cast<double>(status.available));
  metrics.pool_waiting.Set(static_cast<double>(status.waiting));
  metrics.cache_bytes.Set(static_cast<double>(kept.bytes));
  metrics.cache_entries.Set(static_cast<double>(kept.entries));
  response.set_content(metrics.text(), "text/plain; version=0.0.4; charset=utf-8");
}

}  // namespace

http::Server::Handler admin_routes(const postgres::Pool& pool, const cache::Cache& cache,
                                   metrics::Metrics& metrics, std::function<bool()> alive,
                                   const std::atomic<bool>& stopping) {
  return [&pool, &cache, &metrics, &stopping, alive = std::move(alive)](const http::Request& request,
                                                                        http::Response& response) {
    if (request.head.fault != nullptr) throw http::problem_from(*request.head.fault);
    const bool known = request.path == "/livez" || request.path == "/readyz" || request.path == "/metrics";
    if (request.method == "OPTIONS" && (known || request.path == "*")) return http::write_options(response);
    if (!known) throw http::problem_from_status(404);
    if (request.method != "GET" && request.method != "HEAD") throw http::method_not_allowed();
    if (request.path == "/livez") return livez(alive(), response);
    if (request.path == "/metrics") return write_metrics(pool.status(), cache.status(), metrics, response);
    readyz(pool.status(), stopping, request.query.starts_with("verbose"), response);
  };
}

}  // namespace tailor::api
