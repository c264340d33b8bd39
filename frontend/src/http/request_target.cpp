#include "http/request_target.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <string>

#include "http/field_value.hpp"
#include "http/head_fault.hpp"

namespace tailor::http {
namespace {

constexpr std::string_view kUnreservedAndSubDelims = "-._~!$&'()*+,;=";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_host_character(char c) {
  return is_digit(c) || is_alpha(c) || kUnreservedAndSubDelims.find(c) != std::string_view::npos;
}

bool is_reg_name(std::string_view text) {
  while (!text.empty()) {
    const bool escape = text.size() > 2 && text[0] == '%' && is_hex_digit(text[1]) && is_hex_digit(text[2]);
    if (!escape && !is_host_character(text.front())) return false;
    text.remove_prefix(escape ? 3 : 1);
  }
  return true;
}

// "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" )
bool is_ip_future(std::string_view text) {
  const std::size_t dot = text.find('.');
  return dot != std::string_view::npos && dot > 1 && dot + 1 < text.size() &&
         iequals(text.substr(0, 1), "v") && std::ranges::all_of(text.substr(1, dot - 1), is_hex_digit) &&
         std::ranges::all_of(text.substr(dot + 1), [](char c) { return c == ':' || is_host_character(c); });
}

bool is_ip_literal(std::string_view text) {
  in6_addr address{};
  return is_ip_future(text) || inet_pton(AF_INET6, std::string{text}.c_str(), &address) == 1;
}

// Removes the host from the front of an authority; the rest begins with the port's colon.
bool take_host(std::string_view& authority) {
  const bool bracketed = authority.starts_with('[');
  const std::size_t end = authority.find(bracketed ? ']' : ':');
  if (bracketed && end == std::string_view::npos) return false;
  const std::string_view host = authority.substr(0, end);
  authority.remove_prefix(bracketed ? end + 1 : host.size());
  return bracketed ? is_ip_literal(host.substr(1)) : is_reg_name(host);
}

// All other visible ASCII characters are allowed, because browsers send many of them unencoded in a query.
bool is_target_character(char c) {
  return c > ' ' && c < '\x7f' && c != '#';
}

RequestTarget read_absolute_form(std::string_view method, std::string_view scheme, std::string_view rest) {
  if (!iequals(scheme, "http")) {
    const bool name = std::ranges::all_of(scheme, [](char c) { return is_alpha(c) || is_digit(c); });
    return {name ? &faults::kMisdirected : &faults::kTarget, {}};
  }
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  const std::string_view authority = rest.substr(0, end);
  if (authority.empty() || !is_host(authority)) return {&faults::kTarget, {}};
  rest.remove_prefix(end);
  if (rest.empty() && method == "OPTIONS") return {nullptr, "*"};
  return {nullptr, (rest.starts_with('/') ? "" : "/") + std::string{rest}};
}

}  // namespace

bool is_host(std::string_view text) {
  if (text.empty()) return true;
  if (text.starts_with(':') || !take_host(text)) return false;
  return text.empty() || (text.front() == ':' && std::ranges::all_of(text.substr(1), is_digit));
}

RequestTarget read_target(std::string_view method, std::string_view target) {
  if (!std::ranges::all_of(target, is_target_character)) return {&faults::kTarget, {}};
  if (target.starts_with('/')) return {nullptr, std::string{target}};
  if (target == "*" && method == "OPTIONS") return {nullptr, "*"};
  const std::size_t colon = target.find("://");
  if (colon == std::string_view::npos || colon == 0) return {&faults::kTarget, {}};
  return read_absolute_form(method, target.substr(0, colon), target.substr(colon + 3));
}

}  // namespace tailor::http
