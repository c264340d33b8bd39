#include "http/head_guard.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "http/field_value.hpp"
#include "http/request_target.hpp"
#include "http/trace_context.hpp"

namespace tailor::http {
namespace {

// Without CONNECT, which is for proxies.
constexpr std::array<std::string_view, 8> kMethods{"GET",    "HEAD",    "POST",  "PUT",
                                                   "DELETE", "OPTIONS", "TRACE", "PATCH"};

bool is_token(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
  });
}

bool is_version(std::string_view text) {
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  return text.size() == 8 && text.starts_with("HTTP/") && digit(5) && text[6] == '.' && digit(7);
}

std::size_t empty_lines(std::string_view received) {
  std::size_t length = 0;
  while (received.substr(length).starts_with("\r\n")) length += 2;
  return length;
}

// Removes a line from the front of a head; nothing when it does not end with CR LF.
std::optional<std::string_view> take_line(std::string_view& head) {
  const std::size_t end = head.find('\n');
  if (end == std::string_view::npos || end == 0 || head[end - 1] != '\r') return std::nullopt;
  const std::string_view line = head.substr(0, end - 1);
  head.remove_prefix(end + 1);
  return line;
}

bool lists(std::string_view value, std::string_view token) {
  while (!value.empty()) {
    if (iequals(next_list_item(value), token)) return true;
  }
  return false;
}

bool lists_another(std::string_view value, std::string_view token) {
  while (!value.empty()) {
    const std::string_view member = next_list_item(value);
    if (!member.empty() && !iequals(member, token)) return true;
  }
  return false;
}

// Field lines with the same name form one list.
void append(std::string& list, std::string_view value) {
  if (!list.empty()) list += ", ";
  list += value;
}

// The parsed request line.
struct RequestLine {
  const HeadFault* fault = nullptr;
  std::string_view method = "GET";
  std::string target = {};
  bool http_1_1 = true;
};

// A higher minor version is treated as HTTP/1.1 (RFC 9110, 2.5).
RequestLine parse_request_line(std::string_view line) {
  const std::size_t blank = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (blank == std::string_view::npos || last == blank) return {&faults::kRequestLine};
  const std::string_view method = line.substr(0, blank);
  const std::string_view target = line.substr(blank + 1, last - blank - 1);
  const std::string_view version = line.substr(last + 1);
  if (!is_token(method) || target.empty() || target.find(' ') != std::string_view::npos ||
      !is_version(version))
    return {&faults::kRequestLine};
  if (version[5] != '1') return {&faults::kVersion, method};
  if (std::ranges::find(kMethods, method) == kMethods.end()) return {&faults::kMethod};
  RequestTarget read = read_target(method, target);
  return {read.fault, method, std::move(read.text), version[7] != '0'};
}

// The fields that handlers read.
constexpr std::array kForHandlers{"Accept-Encoding", "If-Match",  "If-None-Match",
                                  "traceparent",     "Origin",    "Access-Control-Request-Method",
                                  "Accept",          "Read-After"};
constexpr std::size_t kTraceparent = 3;

// The header fields that are used, collected from all lines of a head.
struct Fields {
  FramingFields framing;
  int hosts = 0;
  bool valid_hosts = true;
  std::string connection;
  std::string expect;
  std::array<std::string, kForHandlers.size()> for_handlers;

  // False when the line is malformed.
  bool read(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return false;
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (std::ranges::any_of(value, [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == '\x7f'; }))
      return false;
    keep(line.substr(0, colon), value);
    return true;
  }

  const HeadFault* fault(bool http_1_1) const {
    if (hosts > 1 || !valid_hosts || (http_1_1 && hosts == 0)) return &faults::kHost;
    if (const HeadFault* found = framing_fault(framing, http_1_1)) return found;
    return http_1_1 && lists_another(expect, "100-continue") ? &faults::kExpectation : nullptr;
  }

  bool close(bool http_1_1) const {
    return lists(connection, "close") || (!http_1_1 && !lists(connection, "keep-alive"));
  }

  httplib::Headers headers() {
    httplib::Headers headers;
    for (std::size_t i = 0; i < for_handlers.size(); ++i) {
      const bool usable = i == kTraceparent ? is_traceparent(for_handlers[i]) : !for_handlers[i].empty();
      if (usable) headers.emplace(kForHandlers[i], std::move(for_handlers[i]));
    }
    return headers;
  }

 private:
  void keep(std::string_view name, std::string_view value) {
    if (iequals(name, "Host")) {
      ++hosts;
      valid_hosts = valid_hosts && is_host(value);
    } else if (iequals(name, "Content-Length")) {
      ++framing.content_lengths;
      framing.content_length = value;
    } else if (iequals(name, "Transfer-Encoding")) {
      if (!framing.transfer_encoding) framing.transfer_encoding.emplace();
      append(*framing.transfer_encoding, value);
    } else {
      keep_list(name, value);
    }
  }

  void keep_list(std::string_view name, std::string_view value) {
    if (iequals(name, "Connection")) return append(connection, value);
    if (iequals(name, "Expect")) return append(expect, value);
    for (std::size_t i = 0; i < for_handlers.size(); ++i) {
      if (iequals(name, kForHandlers[i])) return append(for_handlers[i], value);
    }
  }
};

// A body's end is known only if chunked is its last coding.
const HeadFault* transfer_encoding_fault(std::string_view codings) {
  std::string_view last;
  int chunked = 0;
  bool unknown = false;
  while (!codings.empty()) {
    const std::string_view coding = next_list_item(codings);
    if (coding.empty()) continue;
    last = coding;
    chunked += iequals(coding, "chunked") ? 1 : 0;
    unknown = unknown || !iequals(coding, "chunked");
  }
  if (chunked != 1 || !iequals(last, "chunked")) return &faults::kTransferEncoding;
  return unknown ? &faults::kTransferCoding : &faults::kHasBody;
}

// Which part of an overlong head is too long.
const HeadFault& long_head_fault(std::string_view head) {
  const std::string_view line = head.substr(0, std::min(head.find('\n'), kLongestHead));
  if (line.size() < kLongestHead) return faults::kLongHead;
  const std::size_t blank = line.find(' ');
  if (blank == std::string_view::npos) return is_token(line) ? faults::kMethod : faults::kRequestLine;
  return faults::kLongTarget;
}

}  // namespace

std::size_t end_of_head(std::string_view received) {
  for (std::size_t at = received.find('\n', empty_lines(received)); at != std::string_view::npos;
       at = received.find('\n', at + 1)) {
    const std::string_view rest = received.substr(at + 1);
    if (rest.starts_with('\n')) return at + 2;
    if (rest.starts_with("\r\n")) return at + 3;
  }
  return std::string_view::npos;
}

GuardedHead refused_head(const HeadFault& fault, std::string_view method) {
  GuardedHead head;
  head.fault = &fault;
  head.method = method;
  return head;
}

GuardedHead guard_head(std::string_view head) {
  const bool too_long = head.size() > kLongestHead;
  head.remove_prefix(empty_lines(head));
  if (too_long) return refused_head(long_head_fault(head));
  const auto line = take_line(head);
  RequestLine request = line ? parse_request_line(*line) : RequestLine{&faults::kRequestLine};
  if (request.fault != nullptr) return refused_head(*request.fault, request.method);
  Fields fields;
  for (;;) {
    const auto field = take_line(head);
    if (field && field->empty()) break;
    if (!field || !fields.read(*field)) return refused_head(faults::kFieldLine, request.method);
  }
  if (const HeadFault* fault = fields.fault(request.http_1_1)) return refused_head(*fault, request.method);
  return {nullptr, fields.close(request.http_1_1), std::string{request.method}, std::move(request.target),
          fields.headers()};
}

const HeadFault* framing_fault(const FramingFields& fields, bool http_1_1) {
  if (fields.transfer_encoding && fields.content_lengths > 0) return &faults::kContentLength;
  if (fields.transfer_encoding && !http_1_1) return &faults::kTransferEncoding;
  if (fields.transfer_encoding) return transfer_encoding_fault(*fields.transfer_encoding);
  if (fields.content_lengths == 0) return nullptr;
  const std::string& length = fields.content_length;
  const bool number = !length.empty() && length.find_first_not_of("0123456789") == std::string::npos;
  if (fields.content_lengths > 1 || !number) return &faults::kContentLength;
  return length.find_first_not_of('0') == std::string::npos ? nullptr : &faults::kHasBody;
}

}  // namespace tailor::http
