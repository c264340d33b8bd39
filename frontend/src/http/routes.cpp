#include "http/routes.hpp"

#include <spdlog/spdlog.h>

#include <string_view>

#include "http/problem.hpp"
#include "http/query_string.hpp"
#include "http/search_request.hpp"

namespace tailor::http {
namespace {

constexpr std::string_view kTailors = "/api/tailors";

struct Target {
  std::string_view path;
  std::string_view query;
};

// From the target as it was sent: cpp-httplib's own decoding is lenient and drops repeated parameters.
Target split_target(std::string_view target) {
  const std::size_t question = target.find('?');
  if (question == std::string_view::npos) return {target, {}};
  return {target.substr(0, question), target.substr(question + 1)};
}

// The database's own text, with the application's `success` put before its first member.
void send_json(httplib::Response& response, std::string_view document) {
  constexpr std::string_view start = R"({"success":true,)";
  response.body.reserve(start.size() + document.size());
  response.body.append(start).append(document.substr(1));
  response.set_header("Content-Type", "application/json");
}

void search(database::Pool& pool, std::string_view query, httplib::Response& response, Seconds& waited) {
  const SearchValues values = parse_search(query);
  const auto page =
      pool.run([&](auto& connection, Deadline end) { return connection.search(values, end); }, waited);
  if (!page) throw Problem(400, "unknown_location", "There is no place of the name given.", "location");
  send_json(response, *page);
}

void show(database::Pool& pool, std::string_view encoded_id, httplib::Response& response, Seconds& waited) {
  const std::string id = decode_text(encoded_id, false, "id");
  const auto tailor =
      pool.run([&](auto& connection, Deadline end) { return connection.tailor(id, end); }, waited);
  if (!tailor) throw Problem(404, "not_found", "There is no tailor of this id.");
  send_json(response, *tailor);
}

void route(database::Pool& pool, const httplib::Request& request, httplib::Response& response,
           Seconds& waited) {
  auto [path, query] = split_target(request.target);
  if (!path.starts_with(kTailors)) throw problem_from_status(404);
  path.remove_prefix(kTailors.size());
  const bool one = path.size() > 1 && path.find('/', 1) == std::string_view::npos && path.front() == '/';
  if (!path.empty() && !one) throw problem_from_status(404);
  if (request.method != "GET" && request.method != "HEAD") {
    throw Problem(405, "method_not_allowed", "Only GET and HEAD are allowed here.");
  }
  if (!one) return search(pool, query, response, waited);
  if (!query.empty()) throw Problem(400, "unknown_parameter", "No parameter is taken here.");
  show(pool, path.substr(1), response, waited);
}

// Logs when it goes, whether there is an answer or an exception. Never the query, which tells where people
// are.
class RequestLog {
 public:
  RequestLog(const httplib::Request& request, const httplib::Response& response)
      : request_(request), response_(response) {}
  RequestLog(const RequestLog&) = delete;
  RequestLog& operator=(const RequestLog&) = delete;
  ~RequestLog() {
    using Milliseconds = std::chrono::duration<double, std::milli>;
    spdlog::info("event=request method={} path={} status={} duration_ms={:.3f} pool_wait_ms={:.3f}",
                 request_.method, split_target(request_.target).path, response_.status,
                 Milliseconds(Clock::now() - start_).count(), Milliseconds(waited).count());
  }

  Seconds waited{0};

 private:
  const httplib::Request& request_;
  const httplib::Response& response_;
  Clock::time_point start_ = Clock::now();
};

}  // namespace

Server::Handler api(database::Pool& pool) {
  return [&pool](const httplib::Request& request, httplib::Response& response) {
    RequestLog log(request, response);
    try {
      route(pool, request, response, log.waited);
    } catch (...) {
      problem_of(std::current_exception()).write_to(response);
    }
  };
}

}  // namespace tailor::http
