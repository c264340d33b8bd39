#include "http/response.hpp"

namespace tailor::http {

void Response::set_header(std::string_view name, std::string_view value) {
  if (fields_.empty()) fields_.reserve(384);
  fields_.append(name).append(": ").append(value).append("\r\n");
}

void Response::set_content(std::string body, std::string_view type) {
  set_header("Content-Type", type);
  set_body(std::make_shared<const std::string>(std::move(body)));
}

// A 204 or 304 has neither body nor Content-Length.
std::string Response::head(std::string_view more) const {
  std::string head;
  head.reserve(fields_.size() + more.size() + 96);
  head.append("HTTP/1.1 ").append(std::to_string(status)).append(1, ' ').append(reason_phrase(status));
  head.append("\r\n").append(fields_).append(more);
  if (status != 204 && status != 304)
    head.append("Content-Length: ").append(std::to_string(body().size())).append("\r\n");
  return head.append("\r\n");
}

std::string Response::header(std::string_view name) const {
  const std::string begin = std::string{name} + ": ";
  for (std::string_view rest = fields_; !rest.empty(); rest.remove_prefix(rest.find("\r\n") + 2)) {
    if (!rest.starts_with(begin)) continue;
    rest.remove_prefix(begin.size());
    return std::string{rest.substr(0, rest.find("\r\n"))};
  }
  return {};
}

void write_options(Response& response) {
  response.status = 204;
  response.set_header("Allow", kAllowedMethods);
}

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

}  // namespace tailor::http
