#include "api/cache_key.hpp"

namespace tailor::api {
namespace {

// The length before each value makes the key unambiguous: no text can contain the boundary of two values.
void append_value(std::string& key, std::string_view value) {
  key.append(std::to_string(value.size())).append(1, ':').append(value);
}

}  // namespace

std::string search_key(const SearchValues& values, std::string_view form) {
  std::string key = "s";
  for (const auto& value : values) {
    if (value) {
      append_value(key, *value);
    } else {
      key += '-';
    }
  }
  return key.append(form);
}

std::string tailor_key(std::string_view id) {
  std::string key = "t";
  append_value(key, id);
  return key;
}

}  // namespace tailor::api
