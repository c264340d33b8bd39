#include "http/media_type.hpp"

#include <optional>

#include "http/field_value.hpp"

namespace tailor::http {
namespace {

// The weight among the parameters of a media range; nothing when it is malformed.
std::optional<int> weight_in(std::string_view parameters) {
  std::optional<int> weight = 1000;
  while (!parameters.empty()) {
    std::string_view parameter = next_list_item(parameters, ';');
    if (iequals(next_list_item(parameter, '='), "q")) weight = parse_weight(trimmed(parameter));
  }
  return weight;
}

// How closely a media range names a type: 3 by its name, 2 by `application/*`, 1 by `*/*`, 0 not at all.
int closeness(std::string_view range, std::string_view type) {
  if (iequals(range, type)) return 3;
  if (range == "*/*") return 1;
  return range.ends_with("/*") &&
                 iequals(range.substr(0, range.size() - 1), type.substr(0, type.find('/') + 1))
             ? 2
             : 0;
}

struct Preference {
  int weight = 0;
  int closest = 0;  // the range that the weight is from

  void take(std::string_view range, int given, std::string_view type) {
    const int close = closeness(range, type);
    if (close <= closest) return;
    closest = close;
    weight = given;
  }
};

}  // namespace

bool prefers(std::string_view accept, std::string_view type, std::string_view usual) {
  Preference wanted, other;
  while (!accept.empty()) {
    std::string_view member = next_list_item(accept);
    const std::string_view range = next_list_item(member, ';');
    const std::optional<int> weight = weight_in(member);
    if (!weight) continue;
    wanted.take(range, *weight, type);
    other.take(range, *weight, usual);
  }
  if (wanted.weight != other.weight) return wanted.weight > other.weight;
  return wanted.weight > 0 && wanted.closest == 3 && other.closest < 3;
}

}  // namespace tailor::http
