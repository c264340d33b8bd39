#include "http/problem.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "debounce.hpp"
#include "http/cache_control.hpp"
#include "http/response.hpp"
#include "log.hpp"
#include "search_parameters.hpp"

namespace tailor::http {
namespace {

Debounce failures;  // of the database, in the log

// What the caller of HTTP names an SQL argument; empty when that is none of the caller's.
std::string_view http_name(std::string_view argument) {
  constexpr std::string_view id = "id";  // of GET /api/tailors/{id}
  if (argument == id) return id;
  const auto* const known = std::ranges::find(kSearchParameters, argument, &Parameter::argument);
  return known == kSearchParameters.end() ? std::string_view{} : known->http;
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// The text with every SQL argument's name as HTTP has it.
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

// The message of a refused argument: its name, what is wrong, and perhaps a value in quotes, which is the
// caller's own and stays as it is.
Problem refused_argument(const database::Error& error) {
  const std::string_view parameter = http_name(error.argument());
  if (parameter.empty()) return {500, "internal_error", "The request could not be served."};
  std::string_view fault = error.what();
  if (fault.starts_with(error.argument())) fault.remove_prefix(error.argument().size());
  while (fault.starts_with(' ')) fault.remove_prefix(1);
  const std::size_t quote = std::min(fault.find('"'), fault.size());
  return invalid_parameter(parameter,
                           with_http_names(fault.substr(0, quote)) + std::string{fault.substr(quote)});
}

bool is_plain(unsigned char byte) {
  return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

// As JSON, whatever is in it.
std::string quoted(const std::string& text) {
  if (std::ranges::all_of(text, is_plain)) return '"' + text + '"';
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// And not of who asks, or of how many: these are counted, and would flood the log.
bool is_of_the_database(database::Failure failure) {
  using database::Failure;
  return failure != Failure::bad_argument && failure != Failure::client_left &&
         failure != Failure::queue_full && failure != Failure::wait_too_long;
}

}  // namespace

Problem::Problem(int status, std::string code, std::string detail, std::string parameter)
    : status_(status), code_(std::move(code)), detail_(std::move(detail)), parameter_(std::move(parameter)) {}

// By hand, as it is made for every refusal: a tree of JSON takes ten times as long.
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

void Problem::write_to(Response& response) const {
  response.status = status_;
  response.set_content(body(), "application/problem+json");
  response.set_header("Cache-Control", kNoStore);
  if (status_ == 503 || status_ == 429) response.set_header("Retry-After", std::to_string(retry_after_));
  if (status_ == 405) response.set_header("Allow", kAllowedMethods);
}

// When those who wait now will have had their turn, within reason.
Problem& Problem::retry_after(Seconds seconds) {
  constexpr double most = 30;
  retry_after_ = static_cast<int>(std::clamp(std::ceil(seconds.count()), 1.0, most));
  return *this;
}

Problem invalid_parameter(std::string_view parameter, std::string_view fault) {
  const std::string subject = parameter.empty() ? "the query" : std::string{parameter};
  return {400, "invalid_parameter", subject + " " + std::string{fault}, std::string{parameter}};
}

Problem problem_from(const database::Error& error) {
  switch (error.failure()) {
    case database::Failure::bad_argument:
      return refused_argument(error);
    case database::Failure::queue_full:
      return Problem(503, "queue_full", "The service is busy: its queue for the database is full.")
          .retry_after(error.busy_for());
    case database::Failure::wait_too_long:
      return Problem(503, "wait_too_long",
                     "The service is busy: the wait for the database would take longer than is allowed.")
          .retry_after(error.busy_for());
    case database::Failure::pool_timeout:
      return {503, "pool_timeout", "The service is busy. Try again shortly."};
    case database::Failure::query_timeout:
      return {503, "query_timeout", "The search took too long."};
    case database::Failure::unavailable:
    case database::Failure::connection_lost:
    case database::Failure::stale_session:
    case database::Failure::conflict:
    case database::Failure::blocked:
      return {503, "database_unavailable", "The database is not available. Try again shortly."};
    case database::Failure::client_left:
      return client_left();
    case database::Failure::too_large:
      return {500, "answer_too_large",
              "The answer is larger than this service sends. Ask for fewer tailors a page (limit)."};
    case database::Failure::unreadable_data:
      return {
          500, "unreadable_data",
          "The answer would hold text that is not valid in the database's encoding. Ask for another page."};
    case database::Failure::untranslatable:
    case database::Failure::suspect_session:
    case database::Failure::internal:
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

Problem problem_of(const database::Error& error) {
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
  } catch (const database::Error& error) {
    return problem_of(error);
  } catch (const std::exception& error) {
    log::error("internal_error").with("reason", error.what());
  } catch (...) {
    log::error("internal_error");
  }
  return problem_from_status(500);
}

}  // namespace tailor::http
