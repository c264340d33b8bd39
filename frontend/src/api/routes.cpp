#include "api/routes.hpp"

#include <spdlog/fmt/fmt.h>

#include <optional>
#include <string_view>
#include <variant>

#include "api/cache_status.hpp"
#include "api/computation.hpp"
#include "api/request_record.hpp"
#include "api/search_request.hpp"
#include "cache/key.hpp"
#include "http/problem.hpp"
#include "http/query_string.hpp"
#include "http/representation.hpp"
#include "http/trace_context.hpp"

namespace tailor::api {
namespace {

constexpr std::string_view kTailors = "/api/tailors";

// What the routes use to answer.
struct Backend {
  postgres::Pool& pool;
  cache::Cache& cache;
  double snap_km;
};

struct Options {};  // the request's method is OPTIONS

// Refusals are returned instead of thrown: under overload, throwing took a quarter of their time.
using Routed = std::variant<cache::Served, postgres::Error, Options>;

std::optional<postgres::Error> refusal(const Backend& backend, const std::string& key,
                                       const RequestContext& context) {
  auto refused = backend.pool.refusal(context);
  if (refused && !backend.cache.record_unanswerable_miss(key)) refused.reset();
  return refused;
}

Routed search(const Backend& backend, std::string_view query, RequestContext& context,
              http::Response& response) {
  const SearchValues values = parse_search(query, backend.snap_km);
  const std::string key = cache::search_key(values);
  if (auto refused = refusal(backend, key, context)) return *std::move(refused);
  cache::Served served = backend.cache.get_or_compute(key, search_computation(backend.pool, values), context);
  const std::string snapped = snapped_to(values, backend.snap_km);
  if (!snapped.empty()) response.set_header("Snapped-To", snapped);
  return served;
}

Routed show(const Backend& backend, std::string_view encoded_id, RequestContext& context) {
  const std::string id = http::decode_text(encoded_id, false, "id");
  const std::string key = cache::tailor_key(id);
  if (auto refused = refusal(backend, key, context)) return *std::move(refused);
  return backend.cache.get_or_compute(key, tailor_computation(backend.pool, id), context);
}

http::Problem nothing_found(metrics::Route route) {
  if (route == metrics::Route::tailor) return {404, "not_found", "There is no tailor of this id."};
  return {400, "unknown_location", "There is no place of the name given.", "location"};
}

Routed route(const Backend& backend, const http::Request& request, RequestRecord& record,
             RequestContext& context, http::Response& response) {
  if (request.head.fault != nullptr) throw http::problem_from(*request.head.fault);
  std::string_view path = request.path;
  if (path == "*") return Options{};
  if (!path.starts_with(kTailors)) throw http::problem_from_status(404);
  path.remove_prefix(kTailors.size());
  const bool one = path.size() > 1 && path.find('/', 1) == std::string_view::npos && path.front() == '/';
  if (!path.empty() && !one) throw http::problem_from_status(404);
  record.route = one ? metrics::Route::tailor : metrics::Route::search;
  if (request.method == "OPTIONS") return Options{};
  if (request.method != "GET" && request.method != "HEAD") throw http::method_not_allowed();
  if (!one) return search(backend, request.query, context, response);
  if (!request.query.empty()) throw http::Problem(400, "unknown_parameter", "No parameter is taken here.");
  return show(backend, path.substr(1), context);
}

void write(const http::Request& request, const cache::Served& served, const http::CacheControl& cache_control,
           metrics::Route route, http::Response& response) {
  response.set_header("Cache-Status", cache_status(served));
  if (!served.entry->found()) throw nothing_found(route);
  const bool old = served.outcome == cache::Outcome::stale_if_error;
  http::write_representation(request, served.entry->representation,
                             old ? cache_control.stale : cache_control.fresh, response);
}

// The database part is absent for an answer from the cache or from another request's query.
std::string server_timing(const RequestContext& context, Seconds render) {
  std::string database;
  if (context.queried > Seconds{0}) {
    database = fmt::format("pool;dur={:.3f}, db;dur={:.3f}, ", milliseconds(context.waited),
                           milliseconds(context.queried));
  }
  return fmt::format("{}render;dur={:.3f}", database, milliseconds(render));
}

}  // namespace

http::Server::Handler public_routes(postgres::Pool& pool, cache::Cache& cache, const Live<ApiSettings>& live,
                                    metrics::Metrics& metrics) {
  return [&pool, &cache, &live, &metrics](const http::Request& request, http::Response& response) {
    const auto settings = live.get();
    RequestContext context(after(settings->request_timeout, request.received_at), request.client);
    if (http::is_sampled(request.head.traceparent))
      context.trace = request.head.traceparent.substr(0, http::kTraceparentLength);
    RequestRecord record(request, response, context, metrics);
    const auto fail = [&](const http::Problem& problem) {
      problem.write_to(response);
      record.note(problem);
    };
    try {
      const Routed routed = route({pool, cache, settings->snap_km}, request, record, context, response);
      if (const auto* refused = std::get_if<postgres::Error>(&routed))
        return fail(http::problem_of(*refused));
      if (std::holds_alternative<Options>(routed)) return http::write_options(response);
      if (context.client_left()) throw http::client_left();
      const auto computed = Clock::now();
      write(request, std::get<cache::Served>(routed), settings->cache_control, record.route, response);
      response.set_header("Server-Timing", server_timing(context, Clock::now() - computed));
    } catch (const postgres::Error& error) {
      fail(http::problem_of(error));
    } catch (...) {
      fail(http::problem_of(std::current_exception()));
    }
  };
}

}  // namespace tailor::api
