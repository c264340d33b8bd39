#include "http/request_head.hpp"

#include <algorithm>
#include <optional>

#include "http/field_value.hpp"
#include "http/trace_context.hpp"

namespace tailor::http {
namespace {

using Verdict = RequestHead::Verdict;

bool is_token(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
  });
}

// "METHOD target HTTP/1.x", with nothing in the target that could break a log line.
bool is_request_line(std::string_view line) {
  const std::size_t blank = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (blank == std::string_view::npos || last == blank) return false;
  const std::string_view target = line.substr(blank + 1, last - blank - 1);
  const std::string_view version = line.substr(last + 1);
  return is_token(line.substr(0, blank)) && target.starts_with('/') &&
         std::ranges::all_of(target, [](char c) { return c > ' ' && c < '\x7f'; }) &&
         (version == "HTTP/1.1" || version == "HTTP/1.0");
}

bool lists(std::string_view value, std::string_view token) {
  while (!value.empty()) {
    if (same(take_member(value), token)) return true;
  }
  return false;
}

// Lines of the same name are one list.
void append(std::string& list, std::string_view value) {
  if (!list.empty()) list += ", ";
  list += value;
}

// The fields that are read here, gathered from all lines of a head.
struct Fields {
  std::optional<std::string_view> content_length;
  bool transfer_encoding = false;
  bool close = false;
  bool keep_alive = false;
  int hosts = 0;
  std::string accept_encoding;
  std::string if_none_match;
  std::string traceparent;

  // False when the line is not a proper field.
  bool read(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return false;
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (std::ranges::any_of(value, [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == '\x7f'; })) {
      return false;
    }
    if (same(name, "Content-Length")) {
      if (content_length && *content_length != value) return false;
      content_length = value;
    }
    transfer_encoding = transfer_encoding || same(name, "Transfer-Encoding");
    hosts += same(name, "Host") ? 1 : 0;
    if (same(name, "Connection")) {
      close = close || lists(value, "close");
      keep_alive = keep_alive || lists(value, "keep-alive");
    }
    if (same(name, "Accept-Encoding")) append(accept_encoding, value);
    if (same(name, "If-None-Match")) append(if_none_match, value);
    if (same(name, "traceparent")) append(traceparent, value);
    return true;
  }
};

}  // namespace

std::size_t end_of_head(std::string_view received) {
  const std::size_t empty_line = received.find("\r\n\r\n");
  return empty_line == std::string_view::npos ? empty_line : empty_line + 4;
}

RequestHead refused_head(Verdict verdict) {
  return {verdict, true, "GET / HTTP/1.1", {}, {}, {}};
}

RequestHead parse_head(std::string_view head) {
  const std::size_t first_end = head.find("\r\n");
  const std::string_view request_line = head.substr(0, first_end);
  if (!is_request_line(request_line)) return refused_head(Verdict::malformed);
  Fields fields;
  for (std::size_t start = first_end + 2; start + 2 < head.size();) {
    const std::size_t end = head.find("\r\n", start);
    if (!fields.read(head.substr(start, end - start))) return refused_head(Verdict::malformed);
    start = end + 2;
  }
  const bool http_1_1 = request_line.ends_with("1.1");
  if (fields.hosts > 1 || (http_1_1 && fields.hosts == 0)) return refused_head(Verdict::malformed);
  const bool has_body = fields.transfer_encoding || fields.content_length.value_or("0") != "0";
  return {has_body ? Verdict::has_body : Verdict::good,
          has_body || fields.close || (!http_1_1 && !fields.keep_alive),
          std::string{request_line},
          std::move(fields.accept_encoding),
          std::move(fields.if_none_match),
          is_traceparent(fields.traceparent) ? std::move(fields.traceparent) : std::string{}};
}

}  // namespace tailor::http
