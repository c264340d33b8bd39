#include "http/trace_context.hpp"

#include <algorithm>

namespace tailor::http {
namespace {

// version "-" trace-id "-" parent-id "-" trace-flags
constexpr std::size_t kTrace = 3, kParent = 36, kFlags = 53, kLength = kTraceparentLength;

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_id(std::string_view text) {
  return is_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

}  // namespace

bool is_traceparent(std::string_view text) {
  if (text.size() < kLength) return false;
  const std::string_view version = text.substr(0, 2);
  if (!is_hex(version) || version == "ff") return false;
  if (text.size() > kLength && (version == "00" || text[kLength] != '-')) return false;
  return text[kTrace - 1] == '-' && text[kParent - 1] == '-' && text[kFlags - 1] == '-' &&
         is_id(text.substr(kTrace, 32)) && is_id(text.substr(kParent, 16)) && is_hex(text.substr(kFlags, 2));
}

bool is_sampled(std::string_view traceparent) {
  return traceparent.size() >= kLength &&
         std::string_view{"13579bdf"}.find(traceparent[kLength - 1]) != std::string_view::npos;
}

}  // namespace tailor::http
