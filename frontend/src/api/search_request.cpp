#include "api/search_request.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <vector>

#include "api/snap.hpp"
#include "http/problem.hpp"
#include "http/query_string.hpp"
#include "postgres/text_array.hpp"

namespace tailor::api {
namespace {

// The default of the extension's own bound, tailor_search.max_skills.
constexpr std::size_t kMaxSkills = 100;
constexpr const char* kTooManySkills = "must not be given more than 100 times";

template <typename Number>
Number parse_number(std::string_view name, std::string_view text, std::string_view fault) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range) throw http::invalid_parameter(name, "is out of range");
  if (error != std::errc{} || end != text.data() + text.size()) throw http::invalid_parameter(name, fault);
  return number;
}

// Writes a number as PostgreSQL reads it, which accepts neither "-nan" nor "nan(1)". Whether the number is in
// range is checked by the SQL function.
std::string shortest_text(double number) {
  if (std::isnan(number)) return "NaN";
  if (number == 0) return "0";  // also for -0
  char shortest[32];
  return {shortest, std::to_chars(shortest, shortest + sizeof shortest, number).ptr};
}

std::string number_text(std::string_view name, std::string_view text) {
  return shortest_text(parse_number<double>(name, text, "must be a number"));
}

std::string single_value(const Parameter& parameter, const std::string& text) {
  switch (parameter.kind) {
    case Kind::number:
      return number_text(parameter.http, text);
    case Kind::integer:
      return std::to_string(parse_number<int>(parameter.http, text, "must be a whole number"));
    case Kind::boolean:
      if (text != "true" && text != "false")
        throw http::invalid_parameter(parameter.http, "must be true or false");
      return text;
    case Kind::text:
    case Kind::text_list:
    case Kind::box_edge:
      break;
  }
  return text;
}

// The skills as a sorted array without duplicates: order and repetition do not matter, and equal sets get the
// same cache key.
std::string sorted_set(std::vector<std::string>& list) {
  std::ranges::sort(list);
  list.erase(std::unique(list.begin(), list.end()), list.end());
  return postgres::text_array(list);
}

std::size_t find_parameter(const std::string& name) {
  const auto* const found = std::ranges::find(kSearchParameters, name, &Parameter::http);
  if (found == kSearchParameters.end()) {
    throw http::Problem(400, "unknown_parameter", "There is no parameter of the name given.", name);
  }
  return static_cast<std::size_t>(found - kSearchParameters.begin());
}

// west,south,east,north
void parse_box(std::string_view name, std::string_view text, SearchValues& values) {
  constexpr std::string_view fault = "must be four numbers: west,south,east,north";
  for (std::size_t edge = 0; edge < kBoxEdges; ++edge) {
    const std::size_t comma = text.find(',');
    if ((comma == std::string_view::npos) != (edge == kBoxEdges - 1))
      throw http::invalid_parameter(name, fault);
    values[kBoxWest + edge] = shortest_text(parse_number<double>(name, text.substr(0, comma), fault));
    if (comma != std::string_view::npos) text.remove_prefix(comma + 1);
  }
}

void require_one_area(const SearchValues& values) {
  const bool box = values[kBoxWest].has_value();
  if (box && values[kMaxDistance]) {
    throw http::invalid_parameter("maxDistance", "must not be given together with bbox");
  }
  const bool latitude = values[kLatitude].has_value();
  const bool longitude = values[kLongitude].has_value();
  if (values[kLocation] && (latitude || longitude)) {
    throw http::invalid_parameter("location", "must not be given together with lat and lng");
  }
  if (!values[kLocation] && !latitude && !longitude && !box) {
    throw http::invalid_parameter("location", "must be given, or else lat and lng, or bbox");
  }
  if (latitude && !longitude) throw http::invalid_parameter("lng", "must be given together with lat");
  if (longitude && !latitude) throw http::invalid_parameter("lat", "must be given together with lng");
}

// A box has no radius; the nearest are sought in the largest one, and are all on one page.
bool takes_default(const SearchValues& values, std::size_t i) {
  if (i == kMaxDistance) return !values[kBoxWest] && !values[kNearest];
  return i != kLimit || !values[kNearest];
}

// The values were parsed before, so they are numbers.
void snap_position(SearchValues& values, double km) {
  const auto number = [&](std::size_t i) { return parse_number<double>({}, *values[i], {}); };
  const Position centre = snap({number(kLatitude), number(kLongitude)}, km);
  values[kLatitude] = shortest_text(centre.lat);
  values[kLongitude] = shortest_text(centre.lng);
}

void parse_parameter(const std::string& name, std::string text, SearchValues& values,
                     std::vector<std::string>& skills) {
  const std::size_t i = find_parameter(name);
  const Parameter& parameter = kSearchParameters[i];
  if (text.empty()) throw http::invalid_parameter(name, "must not be empty");
  if (parameter.kind == Kind::text_list) {
    if (skills.size() == kMaxSkills) throw http::invalid_parameter(name, kTooManySkills);
    skills.push_back(std::move(text));
    return;
  }
  if (values[i]) throw http::invalid_parameter(name, "must be given once");
  if (parameter.kind == Kind::box_edge) return parse_box(name, text, values);
  values[i] = single_value(parameter, text);
}

}  // namespace

SearchValues parse_search(std::string_view query, double snap_km) {
  SearchValues values;
  std::vector<std::string> skills;
  while (auto given = http::next_parameter(query))
    parse_parameter(given->name, std::move(given->value), values, skills);
  if (!skills.empty()) values[kSkill] = sorted_set(skills);
  // All of one skill, or of none, is any of them.
  if (skills.size() < 2 && values[kSkillMatch] == "all") values[kSkillMatch] = "any";
  require_one_area(values);
  if (snap_km > 0 && values[kLatitude]) snap_position(values, snap_km);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!takes_default(values, i)) continue;
    if (!values[i] && kSearchParameters[i].default_value != nullptr)
      values[i] = kSearchParameters[i].default_value;
  }
  return values;
}

std::string snapped_to(const SearchValues& values, double snap_km) {
  if (snap_km == 0 || !values[kLatitude]) return {};
  return fmt::format("geo:{},{};u={:.0f}", *values[kLatitude], *values[kLongitude],
                     1000 * kSnapsBy * snap_km);
}

}  // namespace tailor::api
