#include "http/computation.hpp"

#include <charconv>
#include <string_view>

namespace tailor::http {
namespace {

// The database's own text, with the application's `success` put before its first member.
std::string body_of(std::string_view document) {
  constexpr std::string_view start = R"({"success":true,)";
  std::string body;
  body.reserve(start.size() + document.size() - 1);
  return body.append(start).append(document.substr(1));
}

// Of a number that PostgreSQL or parse_search() wrote.
double number(std::string_view text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

cache::Scope scope_of(const SearchValues& values, const database::Answer& answer) {
  cache::Scope scope;
  const auto& latitude = values[kLocation] ? answer.latitude : values[kLatitude];
  const auto& longitude = values[kLocation] ? answer.longitude : values[kLongitude];
  if (latitude && longitude) scope.centre = {number(*latitude), number(*longitude)};
  scope.radius_km = number(values[kMaxDistance].value());
  scope.unlocated = values[kIncludeUnlocated] == "true";
  return scope;
}

cache::Computed computed(const database::Answer& answer, cache::Scope scope) {
  cache::Computed result{{}, answer.snapshot, std::move(scope), answer.origin};
  if (answer.json) result.body = body_of(*answer.json);
  return result;
}

}  // namespace

cache::Compute search_computation(database::Pool& pool, SearchValues values) {
  return [&pool, values = std::move(values)](Caller& caller) {
    const auto answer =
        pool.run([&](auto& connection,
                     const auto& patience) { return connection.search(values, patience, caller.trace); },
                 caller);
    return computed(answer, scope_of(values, answer));
  };
}

cache::Compute tailor_computation(database::Pool& pool, std::string id) {
  return [&pool, id = std::move(id)](Caller& caller) {
    const auto answer = pool.run(
        [&](auto& connection, const auto& patience) { return connection.tailor(id, patience, caller.trace); },
        caller);
    cache::Scope scope;
    scope.tailor = id;
    return computed(answer, std::move(scope));
  };
}

}  // namespace tailor::http
