#include "http/routes.hpp"

#include <string_view>

#include "http/problem.hpp"
#include "http/query_string.hpp"
#include "http/representation.hpp"
#include "http/request_record.hpp"
#include "http/search_request.hpp"

namespace tailor::http {
namespace {

constexpr std::string_view kTailors = "/api/tailors";

// The database's own text, with the application's `success` put before its first member.
Representation answer(std::string_view document) {
  constexpr std::string_view start = R"({"success":true,)";
  std::string body;
  body.reserve(start.size() + document.size() - 1);
  body.append(start).append(document.substr(1));
  return Representation(std::move(body));
}

Representation search(database::Pool& pool, std::string_view query, Seconds& waited) {
  const SearchValues values = parse_search(query);
  const auto page =
      pool.run([&](auto& connection, Deadline end) { return connection.search(values, end); }, waited);
  if (!page) throw Problem(400, "unknown_location", "There is no place of the name given.", "location");
  return answer(*page);
}

Representation show(database::Pool& pool, std::string_view encoded_id, Seconds& waited) {
  const std::string id = decode_text(encoded_id, false, "id");
  const auto tailor =
      pool.run([&](auto& connection, Deadline end) { return connection.tailor(id, end); }, waited);
  if (!tailor) throw Problem(404, "not_found", "There is no tailor of this id.");
  return answer(*tailor);
}

Representation route(database::Pool& pool, const Request& request, RequestRecord& record) {
  if (request.head.verdict != RequestHead::Verdict::good) throw problem_from(request.head.verdict);
  std::string_view path = request.path;
  if (!path.starts_with(kTailors)) throw problem_from_status(404);
  path.remove_prefix(kTailors.size());
  const bool one = path.size() > 1 && path.find('/', 1) == std::string_view::npos && path.front() == '/';
  if (!path.empty() && !one) throw problem_from_status(404);
  record.route = one ? metrics::Route::tailor : metrics::Route::search;
  if (request.method != "GET" && request.method != "HEAD") {
    throw Problem(405, "method_not_allowed", "Only GET and HEAD are allowed here.");
  }
  if (!one) return search(pool, request.query, record.waited);
  if (!request.query.empty()) throw Problem(400, "unknown_parameter", "No parameter is taken here.");
  return show(pool, path.substr(1), record.waited);
}

}  // namespace

Server::Handler api(database::Pool& pool, const ClientCaching& caching, metrics::Metrics& metrics) {
  return [&pool, &metrics, cache_control = CacheControl(caching)](const Request& request,
                                                                  httplib::Response& response) {
    RequestRecord record(request, response, metrics);
    try {
      write_representation(request, route(pool, request, record), cache_control.fresh, response);
    } catch (...) {
      const Problem problem = problem_of(std::current_exception());
      problem.write_to(response);
      record.note(problem);
    }
  };
}

}  // namespace tailor::http
