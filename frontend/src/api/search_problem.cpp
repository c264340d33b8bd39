#include "api/search_problem.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "base/rate_limiter.hpp"
#include "postgres/search_parameters.hpp"

namespace tailor::api {
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
http::Problem refused_argument(const Error& error) {
  const std::string_view parameter = http_name(error.argument());
  if (parameter.empty()) return {500, "internal_error", "The request could not be served."};
  std::string_view fault = error.what();
  // One parameter has all edges, so the fault names the edge.
  if (parameter == kSearchParameters[kBoxWest].http)
    return http::invalid_parameter(parameter, "is not valid: " + std::string{fault});
  if (fault.starts_with(error.argument())) fault.remove_prefix(error.argument().size());
  while (fault.starts_with(' ')) fault.remove_prefix(1);
  const std::size_t quote = std::min(fault.find('"'), fault.size());
  return http::invalid_parameter(parameter,
                                 with_http_names(fault.substr(0, quote)) + std::string{fault.substr(quote)});
}

// Failures of single requests and refusals under load are only counted: they would flood the log.
bool is_of_the_database(Failure failure) {
  return failure != Failure::bad_argument && failure != Failure::client_left &&
         failure != Failure::queue_full && failure != Failure::wait_too_long;
}

}  // namespace

http::Problem problem_from(const Error& error) {
  switch (error.failure()) {
    case Failure::bad_argument:
      return refused_argument(error);
    case Failure::queue_full:
      return http::Problem(503, "queue_full", "The service is busy: its queue for the database is full.")
          .retry_after(error.busy_for());
    case Failure::wait_too_long:
      return http::Problem(
                 503, "wait_too_long",
                 "The service is busy: the wait for the database would take longer than is allowed.")
          .retry_after(error.busy_for());
    case Failure::pool_timeout:
      return {503, "pool_timeout", "The service is busy. Try again shortly."};
    case Failure::query_timeout:
      return {503, "query_timeout", "The search took too long."};
    case Failure::not_replayed:
      return {503, "standby_behind", "The database's copies are behind. Try again shortly."};
    case Failure::unavailable:
    case Failure::connection_lost:
    case Failure::foreign_server:
    case Failure::stale_session:
    case Failure::old_library:
    case Failure::conflict:
    case Failure::head_of_line_blocked:
      return {503, "database_unavailable", "The database is not available. Try again shortly."};
    case Failure::client_left:
      return http::client_left();
    case Failure::too_large:
      return {500, "answer_too_large",
              "The answer is larger than this service sends. Ask for fewer tailors a page (limit)."};
    case Failure::unreadable_data:
      return {
          500, "unreadable_data",
          "The answer would hold text that is not valid in the database's encoding. Ask for another page."};
    case Failure::untranslatable:
    case Failure::suspect_session:
    case Failure::internal:
      break;
  }
  return {500, "internal_error", "The request could not be served."};
}

http::Problem problem_of(const Error& error) {
  if (is_of_the_database(error.failure()) && failures.admit()) {
    log::warning("database_error").with("reason", error.what());
  }
  return problem_from(error);
}

}  // namespace tailor::api
