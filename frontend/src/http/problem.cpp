#include "http/problem.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/log.hpp"
#include "base/rate_limiter.hpp"
#include "http/cache_control.hpp"
#include "postgres/search_parameters.hpp"

namespace tailor::http {
namespace {

RateLimiter failures;  // log lines about the database

// The HTTP parameter of an SQL argument; empty when there is none.
std::string_view http_name(std::string_view argument) {
  constexpr std::string_view id = "id";  // of GET /api/tailors/{id}
  if (argument == id) return id;
  const auto* const known = std::ranges::find(kSearchParameters, argument, &Parameter::argument);
  return known == kSearchParameters.end() ? std::string_view{} : known->http;
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// The text with every SQL argument's name replaced by its HTTP parameter.
std::string with_http_names(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto* const end = std::ranges::find_if_not(text, is_name_character);
    const auto length = static_cast<std::size_t>(end - text.begin());
    const std::string_view word = text.substr(0, std::max<std::size_t>(1, length));
    const std::string_view name = http_name(word);
    result += name.empty() ? word : name;
    text.remove_prefix(word.size());
  }
  return result;
}

// A refused argument's message is its name, the fault, and perhaps a quoted value, which comes from the
// request and stays unchanged.
Problem refused_argument(const postgres::Error& error) {
  const std::string_view parameter = http_name(error.argument());
  if (parameter.empty()) return {500, "internal_error", "The request could not be served."};
  std::string_view fault = error.what();
  // One parameter has all edges, so the fault names the edge.
  if (parameter == kSearchParameters[kBoxWest].http)
    return invalid_parameter(parameter, "is not valid: " + std::string{fault});
  if (fault.starts_with(error.argument())) fault.remove_prefix(error.argument().size());
  while (fault.starts_with(' ')) fault.remove_prefix(1);
  const std::size_t quote = std::min(fault.find('"'), fault.size());
  return invalid_parameter(parameter,
                           with_http_names(fault.substr(0, quote)) + std::string{fault.substr(quote)});
}

// The title: cpp-httplib has no public table of these in all of its releases.
const char* reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 499:
      return "Client Closed Request";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Internal Server Error";
  }
}

bool is_plain(unsigned char byte) {
  return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

// The text as a JSON string, whatever bytes it contains.
std::string quoted(const std::string& text) {
  if (std::ranges::all_of(text, is_plain)) return '"' + text + '"';
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Failures of single requests and refusals under load are only counted: they would flood the log.
bool is_of_the_database(postgres::Failure failure) {
  using postgres::Failure;
  return failure != Failure::bad_argument && failure != Failure::client_left &&
         failure != Failure::queue_full && failure != Failure::wait_too_long;
}

}  // namespace

Problem::Problem(int status, std::string code, std::string detail, std::string parameter)
    : status_(status), code_(std::move(code)), detail_(std::move(detail)), parameter_(std::move(parameter)) {}

// Appended by hand, because every refusal needs it: a JSON tree takes ten times as long.
std::string Problem::body() const {
  const std::string detail = quoted(detail_);
  std::string body = R"({"type":"about:blank","title":")";
  body.reserve(512);
  body.append(reason_phrase(status_)).append(R"(","status":)").append(std::to_string(status_));
  body.append(R"(,"detail":)").append(detail).append(R"(,"code":")").append(code_);
  body.append(R"(","success":false,"error":)").append(detail);
  if (!parameter_.empty()) body.append(R"(,"parameter":)").append(quoted(parameter_));
  return body.append("}");
}

void Problem::write_to(httplib::Response& response) const {
  response.status = status_;
  response.body = body();
  response.set_header("Content-Type", "application/problem+json");
  response.set_header("Cache-Control", kNoStore);
  if (status_ == 503 || status_ == 429) response.set_header("Retry-After", std::to_string(retry_after_));
  if (status_ == 405) response.set_header("Allow", kAllowedMethods);
}

// The time until the requests waiting now are served, within 1 to 30 s.
Problem& Problem::retry_after(Seconds seconds) {
  constexpr double most = 30;
  retry_after_ = static_cast<int>(std::clamp(std::ceil(seconds.count()), 1.0, most));
  return *this;
}

Problem invalid_parameter(std::string_view parameter, std::string_view fault) {
  const std::string subject = parameter.empty() ? "the query" : std::string{parameter};
  return {400, "invalid_parameter", subject + " " + std::string{fault}, std::string{parameter}};
}

Problem problem_from(const postgres::Error& error) {
  switch (error.failure()) {
    case postgres::Failure::bad_argument:
      return refused_argument(error);
    case postgres::Failure::queue_full:
      return Problem(503, "queue_full", "The service is busy: its queue for the database is full.")
          .retry_after(error.busy_for());
    case postgres::Failure::wait_too_long:
      return Problem(503, "wait_too_long",
                     "The service is busy: the wait for the database would take longer than is allowed.")
          .retry_after(error.busy_for());
    case postgres::Failure::pool_timeout:
      return {503, "pool_timeout", "The service is busy. Try again shortly."};
    case postgres::Failure::query_timeout:
      return {503, "query_timeout", "The search took too long."};
    case postgres::Failure::not_replayed:
      return {503, "standby_behind", "The database's copies are behind. Try again shortly."};
    case postgres::Failure::unavailable:
    case postgres::Failure::connection_lost:
    case postgres::Failure::stale_session:
    case postgres::Failure::old_library:
    case postgres::Failure::conflict:
    case postgres::Failure::head_of_line_blocked:
      return {503, "database_unavailable", "The database is not available. Try again shortly."};
    case postgres::Failure::client_left:
      return client_left();
    case postgres::Failure::too_large:
      return {500, "answer_too_large",
              "The answer is larger than this service sends. Ask for fewer tailors a page (limit)."};
    case postgres::Failure::unreadable_data:
      return {
          500, "unreadable_data",
          "The answer would hold text that is not valid in the database's encoding. Ask for another page."};
    case postgres::Failure::untranslatable:
    case postgres::Failure::suspect_session:
    case postgres::Failure::internal:
      break;
  }
  return {500, "internal_error", "The request could not be served."};
}

Problem problem_from(const HeadFault& fault) {
  return {fault.status, fault.code, fault.detail};
}

Problem method_not_allowed() {
  return {405, "method_not_allowed", "Only GET, HEAD and OPTIONS are allowed here."};
}

Problem client_left() {
  return {499, "client_left", "The client left before its answer came."};
}

Problem problem_from_status(int status) {
  if (status == 404) return {404, "not_found", "There is nothing here."};
  return {500, "internal_error", "The request could not be served."};
}

Problem problem_of(const postgres::Error& error) {
  if (is_of_the_database(error.failure()) && failures.admit()) {
    log::warning("database_error").with("reason", error.what());
  }
  return problem_from(error);
}

Problem problem_of(std::exception_ptr thrown) {
  try {
    std::rethrow_exception(std::move(thrown));
  } catch (const Problem& problem) {
    return problem;
  } catch (const postgres::Error& error) {
    return problem_of(error);
  } catch (const std::exception& error) {
    log::error("internal_error").with("reason", error.what());
  } catch (...) {
    log::error("internal_error");
  }
  return problem_from_status(500);
}

}  // namespace tailor::http
