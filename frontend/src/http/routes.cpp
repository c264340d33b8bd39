#include "http/routes.hpp"

#include <spdlog/fmt/fmt.h>

#include <optional>
#include <string_view>
#include <variant>

#include "cache/key.hpp"
#include "http/cache_status.hpp"
#include "http/computation.hpp"
#include "http/problem.hpp"
#include "http/query_string.hpp"
#include "http/representation.hpp"
#include "http/request_record.hpp"
#include "http/search_request.hpp"
#include "http/trace_context.hpp"

namespace tailor::http {
namespace {

constexpr std::string_view kTailors = "/api/tailors";

// What the routes need to answer.
struct Backend {
  database::Pool& pool;
  cache::Cache& cache;
  double snap_km;
};

struct Options {};  // the request asks for what is allowed

// Refusals are many when there are any: to throw them took a quarter of what they cost.
using Routed = std::variant<cache::Served, database::Error, Options>;

std::optional<database::Error> refusal(const Backend& backend, const std::string& key, const Caller& caller) {
  auto refused = backend.pool.refusal(caller);
  if (refused && !backend.cache.give_up(key)) refused.reset();
  return refused;
}

Routed search(const Backend& backend, std::string_view query, Caller& caller, Response& response) {
  const SearchValues values = parse_search(query, backend.snap_km);
  const std::string key = cache::search_key(values);
  if (auto refused = refusal(backend, key, caller)) return *std::move(refused);
  cache::Served served = backend.cache.get_or_compute(key, search_computation(backend.pool, values), caller);
  const std::string snapped = snapped_to(values, backend.snap_km);
  if (!snapped.empty()) response.set_header("Snapped-To", snapped);
  return served;
}

Routed show(const Backend& backend, std::string_view encoded_id, Caller& caller) {
  const std::string id = decode_text(encoded_id, false, "id");
  const std::string key = cache::tailor_key(id);
  if (auto refused = refusal(backend, key, caller)) return *std::move(refused);
  return backend.cache.get_or_compute(key, tailor_computation(backend.pool, id), caller);
}

Problem nothing_found(metrics::Route route) {
  if (route == metrics::Route::tailor) return {404, "not_found", "There is no tailor of this id."};
  return {400, "unknown_location", "There is no place of the name given.", "location"};
}

Routed route(const Backend& backend, const Request& request, RequestRecord& record, Caller& caller,
             Response& response) {
  if (request.head.fault != nullptr) throw problem_from(*request.head.fault);
  std::string_view path = request.path;
  if (path == "*") return Options{};
  if (!path.starts_with(kTailors)) throw problem_from_status(404);
  path.remove_prefix(kTailors.size());
  const bool one = path.size() > 1 && path.find('/', 1) == std::string_view::npos && path.front() == '/';
  if (!path.empty() && !one) throw problem_from_status(404);
  record.route = one ? metrics::Route::tailor : metrics::Route::search;
  if (request.method == "OPTIONS") return Options{};
  if (request.method != "GET" && request.method != "HEAD") throw method_not_allowed();
  if (!one) return search(backend, request.query, caller, response);
  if (!request.query.empty()) throw Problem(400, "unknown_parameter", "No parameter is taken here.");
  return show(backend, path.substr(1), caller);
}

void write(const Request& request, const cache::Served& served, const CacheControl& cache_control,
           metrics::Route route, Response& response) {
  response.set_header("Cache-Status", cache_status(served));
  if (!served.entry->found()) throw nothing_found(route);
  const bool old = served.outcome == cache::Outcome::stale_if_error;
  write_representation(request, served.entry->representation, old ? cache_control.stale : cache_control.fresh,
                       response);
}

// A kept answer, or one that was computed for another request, took none of the database's time.
std::string server_timing(const Caller& caller, Seconds render) {
  std::string database;
  if (caller.queried > Seconds{0}) {
    database = fmt::format("pool;dur={:.3f}, db;dur={:.3f}, ", milliseconds(caller.waited),
                           milliseconds(caller.queried));
  }
  return fmt::format("{}render;dur={:.3f}", database, milliseconds(render));
}

}  // namespace

Server::Handler api(database::Pool& pool, cache::Cache& cache, const Live<ApiSettings>& live,
                    metrics::Metrics& metrics) {
  return [&pool, &cache, &live, &metrics](const Request& request, Response& response) {
    const auto settings = live.get();
    Caller caller(after(settings->request_timeout, request.came), request.client);
    if (is_sampled(request.head.traceparent))
      caller.trace = request.head.traceparent.substr(0, kTraceparentLength);
    RequestRecord record(request, response, caller, metrics);
    const auto fail = [&](const Problem& problem) {
      problem.write_to(response);
      record.note(problem);
    };
    try {
      const Routed routed = route({pool, cache, settings->snap_km}, request, record, caller, response);
      if (const auto* refused = std::get_if<database::Error>(&routed)) return fail(problem_of(*refused));
      if (std::holds_alternative<Options>(routed)) return write_options(response);
      if (caller.client_left()) throw client_left();
      const auto computed = Clock::now();
      write(request, std::get<cache::Served>(routed), settings->cache_control, record.route, response);
      response.set_header("Server-Timing", server_timing(caller, Clock::now() - computed));
    } catch (const database::Error& error) {
      fail(problem_of(error));
    } catch (...) {
      fail(problem_of(std::current_exception()));
    }
  };
}

}  // namespace tailor::http
