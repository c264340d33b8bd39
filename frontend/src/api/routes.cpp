#include "api/routes.hpp"

#include <spdlog/fmt/fmt.h>

#include <array>
#include <atomic>
#include <memory>
#include <string_view>

#include "api/cache_key.hpp"
#include "api/cache_status.hpp"
#include "api/computation.hpp"
#include "api/openapi.hpp"
#include "api/request_record.hpp"
#include "api/search_problem.hpp"
#include "api/search_request.hpp"
#include "http/problem.hpp"
#include "http/query_string.hpp"
#include "http/route.hpp"
#include "http/trace_context.hpp"
#include "http/write_representation.hpp"

namespace tailor::api {
namespace {

constexpr const char* kGeoJson = "application/geo+json";

// What a route answers with.
struct Call {
  postgres::Pool& pool;
  cache::Cache& cache;
  const ApiSettings& settings;
  const httplib::Request& request;
  httplib::Response& response;
  RequestContext& context;
  RequestRecord& record;
  const StaticFiles* files;     // null: no explorer
  std::atomic_flag& comparing;  // while a search of the explorer is computed by an engine
  http::MediaType type = {};
  std::string_view segment = {};  // the one for which the pattern's {} stands

  void fail(const http::Problem& problem) {
    problem.write_to(response);
    record.note(problem);
  }
};

// The database part is absent for an answer from the cache or from another request's query.
std::string server_timing(const RequestContext& context, Seconds render) {
  std::string database;
  if (context.queried > Seconds{0}) {
    database = fmt::format("pool;dur={:.3f}, db;dur={:.3f}, ", milliseconds(context.waited),
                           milliseconds(context.queried));
  }
  return fmt::format("{}render;dur={:.3f}", database, milliseconds(render));
}

http::Problem nothing_found(metrics::Route route) {
  if (route == metrics::Route::tailor) return {404, "not_found", "There is no tailor of this id."};
  return {400, "unknown_location", "There is no place of the name given.", "location"};
}

void write(Call& call, const cache::Served& served) {
  if (call.context.client_left()) throw http::client_left();
  const auto computed = Clock::now();
  call.response.set_header("Cache-Status", cache_status(served));
  if (!served.entry->found()) throw nothing_found(call.record.route);
  const bool old = served.outcome == cache::Outcome::stale_if_error;
  const http::CacheControl& cache_control = call.settings.cache_control;
  http::write_representation(call.request, served.entry->representation,
                             old ? cache_control.stale : cache_control.fresh, call.response, call.type);
  call.response.set_header("Server-Timing", server_timing(call.context, Clock::now() - computed));
}

// The client's own write, which its answer must see; 0: none.
Lsn read_after(const httplib::Request& request) {
  const auto count = request.get_header_value_count(kReadAfter);
  if (count == 0) return 0;
  const auto lsn = parse_lsn(request.get_header_value(kReadAfter));
  if (count > 1 || !lsn)
    throw http::invalid_parameter(
        kReadAfter, "must be one position of the write-ahead log, as pg_current_wal_insert_lsn() returns it");
  return *lsn;
}

// False when the request is refused. Refusals are not thrown: under overload, throwing took a quarter of
// their time.
bool answer(Call& call, const std::string& key, const cache::Compute& compute) {
  call.context.read_after = read_after(call.request);
  const auto refused = call.pool.refusal(call.context);
  if (refused && (call.context.read_after > 0 || call.cache.record_unanswerable_miss(key))) {
    call.fail(problem_of(*refused));
    return false;
  }
  write(call, call.cache.get_or_compute(key, compute, call.context));
  return true;
}

void search(Call& call) {
  const double snap_km = call.settings.snap_km;
  const SearchValues values = parse_search(http::query_of(call.request), snap_km);
  const bool geojson = http::prefers(call.request.get_header_value("Accept"), kGeoJson, call.type.name);
  call.type = {geojson ? kGeoJson : call.type.name, "Accept, Accept-Encoding"};
  const std::string key = search_key(values, geojson ? kGeoJson : "");
  if (!answer(call, key, search_computation(call.pool, call.cache.change_log(), values, geojson))) return;
  const std::string snapped = snapped_to(values, snap_km);
  if (!snapped.empty()) call.response.set_header("Snapped-To", snapped);
}

void show(Call& call) {
  if (!http::query_of(call.request).empty())
    throw http::Problem(400, "unknown_parameter", "No parameter is taken here.");
  const std::string id = http::decode_text(call.segment, false, "id");
  answer(call, tailor_key(id), tailor_computation(call.pool, call.cache.change_log(), id));
}

// Holds a flag, if no other request does.
class Turn {
 public:
  explicit Turn(std::atomic_flag& flag) : flag_(flag), held_(!flag.test_and_set()) {}
  ~Turn() {
    if (held_) flag_.clear();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  bool held() const { return held_; }

 private:
  std::atomic_flag& flag_;
  bool held_;
};

// The SQL engine may take the whole of query-timeout, so one connection at most computes for the explorer.
void search_by(Call& call) {
  if (call.segment != "auto" && call.segment != "sql") throw http::problem_from_status(404);
  const SearchValues values = parse_search(http::query_of(call.request), call.settings.snap_km);
  const Turn turn(call.comparing);
  if (!turn.held()) throw http::Problem(503, "queue_full", "An engine computes another search. Try again.");
  if (const auto refused = call.pool.refusal(call.context)) return call.fail(problem_of(*refused));
  auto computed = search_by_engine(call.pool, std::string{call.segment}, values, call.context);
  if (!computed.body) throw nothing_found(metrics::Route::search);
  http::write_representation(call.request,
                             std::make_shared<const content::Representation>(std::move(*computed.body)),
                             http::kNoStore, call.response, call.type);
  call.response.set_header("Server-Timing", server_timing(call.context, Seconds{0}));
}

// Its query is not looked at: it is the page's own, and has what is searched.
void show_file(Call& call, const StaticFiles::File& file) {
  http::write_representation(call.request, file.representation, file.cache_control, call.response,
                             {.name = file.type});
  for (const auto& [name, value] : call.files->header_fields()) call.response.set_header(name, value);
}

void describe(Call& call) {
  http::write_representation(call.request, openapi(), "no-cache", call.response);
}

struct Route {
  std::string_view pattern;  // of the path; a {} at its end stands for one segment
  metrics::Route label;
  void (*answer)(Call& call);
};

constexpr std::array kRoutes{
    Route{"/api/tailors", metrics::Route::search, search},
    Route{"/api/tailors/{}", metrics::Route::tailor, show},
    Route{"/explorer/engine/{}", metrics::Route::other, search_by},
    Route{"/openapi.json", metrics::Route::other, describe},
    Route{"*", metrics::Route::other, nullptr},  // OPTIONS *
};

void route(Call& call) {
  const auto* const file = call.files != nullptr ? call.files->find(call.request.path) : nullptr;
  if (file != nullptr) {
    if (http::wants_content(call.request, call.response)) show_file(call, *file);
    return;
  }
  for (const Route& route : kRoutes) {
    const auto segment = http::match(route.pattern, call.request.path);
    if (!segment || (route.answer == search_by && call.files == nullptr)) continue;
    call.segment = *segment;
    call.record.route = route.label;
    if (http::wants_content(call.request, call.response)) route.answer(call);
    return;
  }
  throw http::problem_from_status(404);
}

}  // namespace

http::Server::Handler public_routes(postgres::Pool& pool, cache::Cache& cache, const Live<ApiSettings>& live,
                                    metrics::Metrics& metrics, const StaticFiles* files) {
  const auto comparing = std::make_shared<std::atomic_flag>();
  return [=, &pool, &cache, &live, &metrics](const httplib::Request& request, httplib::Response& response,
                                             const http::Arrival& arrival) {
    const auto settings = live.get();
    RequestContext context(after(settings->request_timeout, arrival.received_at), arrival.client);
    const std::string trace = request.get_header_value("traceparent");
    if (http::is_sampled(trace)) context.trace = trace.substr(0, http::kTraceparentLength);
    RequestRecord record(request, response, arrival, context, metrics);
    Call call{pool, cache, *settings, request, response, context, record, files, *comparing};
    try {
      if (arrival.fault != nullptr)
        call.fail(http::problem_from(*arrival.fault));
      else
        route(call);
    } catch (const Error& error) {
      call.fail(problem_of(error));
    } catch (...) {
      call.fail(http::problem_of(std::current_exception()));
    }
    settings->cors.write_to(request, response);
  };
}

}  // namespace tailor::api
