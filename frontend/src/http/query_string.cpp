#include "http/query_string.hpp"

#include <algorithm>

#include "base/percent.hpp"
#include "http/problem.hpp"

namespace tailor::http {
namespace {

// The length of a well-formed UTF-8 character at the text's start, or 0 (RFC 3629, section 4).
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto in = [&](std::size_t i, unsigned low, unsigned high) {
    return byte(i) >= low && byte(i) <= high;
  };
  const auto tail = [&](std::size_t i) { return in(i, 0x80, 0xBF); };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (in(0, 0xC2, 0xDF)) return tail(1) ? 2 : 0;
  if (in(0, 0xE0, 0xEF)) {
    const bool second = in(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF);
    return second && tail(2) ? 3 : 0;
  }
  if (in(0, 0xF0, 0xF4)) {
    const bool second = in(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF);
    return second && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string decode_text(std::string_view encoded, bool plus_is_blank, std::string_view parameter) {
  auto text = percent_decode(encoded, plus_is_blank);
  if (!text) throw invalid_parameter(parameter, "a '%' is not followed by two hexadecimal digits");
  if (text->find('\0') != std::string::npos) throw invalid_parameter(parameter, "must not contain NUL");
  if (!is_utf8(*text)) throw invalid_parameter(parameter, "must be UTF-8");
  return std::move(*text);
}

std::optional<QueryParameter> next_parameter(std::string_view& query) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view part = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (part.empty()) continue;
    const std::size_t equals = std::min(part.find('='), part.size());
    std::string name = decode_text(part.substr(0, equals), true, "");
    std::string value = decode_text(part.substr(std::min(equals + 1, part.size())), true, name);
    return QueryParameter{std::move(name), std::move(value)};
  }
  return std::nullopt;
}

}  // namespace tailor::http
