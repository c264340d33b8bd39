#include "http/problem.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/log.hpp"
#include "http/cache_control.hpp"

namespace tailor::http {
namespace {

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

Problem problem_of(std::exception_ptr thrown) {
  try {
    std::rethrow_exception(std::move(thrown));
  } catch (const Problem& problem) {
    return problem;
  } catch (const std::exception& error) {
    log::error("internal_error").with("reason", error.what());
  } catch (...) {
    log::error("internal_error");
  }
  return problem_from_status(500);
}

}  // namespace tailor::http
