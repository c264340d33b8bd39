#include "config/url_text.hpp"

#include <algorithm>
#include <string>

#include "config/database_url.hpp"

namespace tailor::config {
namespace {

[[noreturn]] void refuse(std::string_view setting, std::string_view why) {
  throw Error(std::string{setting} + " " + std::string{why});
}

bool is_quote(char c) {
  return c == '"' || c == '\'' || c == '`';
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
}

}  // namespace

std::string_view url_text(std::string_view setting, std::string_view given) {
  while (given.ends_with('\n') || given.ends_with('\r')) given.remove_suffix(1);
  if (given.empty()) refuse(setting, "is empty");
  if (is_quote(given.front()) || is_quote(given.back()))
    refuse(setting, "begins or ends with a quote, as docker's --env-file keeps them: leave the quotes out");
  if (given.front() == ' ' || given.back() == ' ')
    refuse(setting, "begins or ends with a blank: leave it out");
  if (std::ranges::any_of(given, is_control))
    refuse(setting,
           "has a line break or another control character in it: leave it out, or percent-encode it "
           "(a line break is %0A, a tab %09)");
  return given;
}

}  // namespace tailor::config
