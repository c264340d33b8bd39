#include "api/computation.hpp"

#include <charconv>
#include <string_view>

namespace tailor::api {
namespace {

// The database's JSON text with the application's `success` inserted as its first member.
std::string body_of(std::string_view document) {
  constexpr std::string_view start = R"({"success":true,)";
  std::string body;
  body.reserve(start.size() + document.size() - 1);
  return body.append(start).append(document.substr(1));
}

// Parses a number that PostgreSQL or parse_search() wrote.
double number(std::string_view text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

cache::Dependencies dependencies_of(const SearchValues& values, const postgres::Answer& answer) {
  cache::Dependencies dependencies;
  const auto& latitude = values[kLocation] ? answer.latitude : values[kLatitude];
  const auto& longitude = values[kLocation] ? answer.longitude : values[kLongitude];
  if (latitude && longitude) dependencies.centre = {number(*latitude), number(*longitude)};
  dependencies.radius_km = number(values[kMaxDistance].value());
  dependencies.unlocated = values[kIncludeUnlocated] == "true";
  return dependencies;
}

cache::Computed computed(const postgres::Answer& answer, cache::Dependencies dependencies) {
  cache::Computed result{{}, answer.snapshot, std::move(dependencies), answer.origin};
  if (answer.json) result.body = body_of(*answer.json);
  return result;
}

}  // namespace

cache::Compute search_computation(postgres::Pool& pool, SearchValues values) {
  return [&pool, values = std::move(values)](RequestContext& context) {
    const auto answer =
        pool.run([&](auto& connection,
                     const auto& options) { return connection.search(values, options, context.trace); },
                 context);
    return computed(answer, dependencies_of(values, answer));
  };
}

cache::Compute tailor_computation(postgres::Pool& pool, std::string id) {
  return [&pool, id = std::move(id)](RequestContext& context) {
    const auto answer = pool.run(
        [&](auto& connection, const auto& options) { return connection.tailor(id, options, context.trace); },
        context);
    cache::Dependencies dependencies;
    dependencies.tailor = id;
    return computed(answer, std::move(dependencies));
  };
}

}  // namespace tailor::api
