#include "api/computation.hpp"

#include <charconv>
#include <limits>
#include <string_view>

#include "api/geojson.hpp"

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

// A search for the nearest ends with the radius that it took. What is farther away changes nothing.
double radius_of(std::string_view document) {
  constexpr std::string_view name = R"("radius":)";
  const std::size_t at = document.rfind(name);
  return at == std::string_view::npos ? std::numeric_limits<double>::infinity()
                                      : number(document.substr(at + name.size()));
}

cache::Dependencies dependencies_of(const SearchValues& values, const postgres::Answer& answer) {
  cache::Dependencies dependencies;
  const auto& latitude = values[kLocation] ? answer.latitude : values[kLatitude];
  const auto& longitude = values[kLocation] ? answer.longitude : values[kLongitude];
  if (latitude && longitude) dependencies.centre = {number(*latitude), number(*longitude)};
  if (values[kNearest]) {
    dependencies.radius_km = radius_of(answer.json.value_or(""));
  } else if (values[kMaxDistance]) {
    dependencies.radius_km = number(*values[kMaxDistance]);
  }
  if (values[kBoxWest]) {
    const auto edge = [&](std::size_t i) { return number(values[kBoxWest + i].value()); };
    dependencies.box = {edge(0), edge(1), edge(2), edge(3)};
  }
  dependencies.unlocated = values[kIncludeUnlocated] == "true";
  return dependencies;
}

cache::Dependencies dependencies_of(const std::string& tailor) {
  cache::Dependencies dependencies;
  dependencies.tailor = tailor;
  return dependencies;
}

cache::Computed computed(const postgres::Answer& answer, cache::Dependencies dependencies,
                         bool geojson = false) {
  cache::Computed result{{}, answer.snapshot, std::move(dependencies), answer.origin};
  if (answer.json) result.body = geojson ? feature_collection(*answer.json) : body_of(*answer.json);
  if (answer.shown) result.dependencies.shown = *answer.shown;
  return result;
}

// Checks an answer that may be from a standby.
struct ReplayCheck {
  postgres::Pool& pool;
  const cache::ChangeLog& change_log;
  const RequestContext& context;
  const cache::ChangeLog::Position began;

  // Throws when the standby has not replayed what the change log had when the computation began, or the
  // client's own write. A position that a client invented does not prove that the standby is behind.
  void operator()(const postgres::Answer& answer, cache::Dependencies dependencies) const {
    const Lsn end = change_log.log_end();
    pool.note_standby_lag(end > answer.replayed_now ? end - answer.replayed_now : 0);
    if (context.read_after > 0 && answer.replayed.value_or(0) < context.read_after)
      throw Error(Failure::not_replayed, "a standby has not replayed the client's write",
                  context.read_after > end ? kReadAfter : "");
    if (answer.shown) dependencies.shown = *answer.shown;
    if (!change_log.has_replayed(answer.replayed.value_or(kNoLsn), began, dependencies))
      throw Error(Failure::not_replayed, "a standby has not replayed a notified change");
  }
};

}  // namespace

cache::Compute search_computation(postgres::Pool& pool, const cache::ChangeLog& change_log,
                                  SearchValues values, bool geojson) {
  return [&pool, &change_log, values = std::move(values), geojson](RequestContext& context, auto began) {
    const ReplayCheck check{pool, change_log, context, began};
    const auto search = [&](auto& connection, const auto& options) {
      auto answer = connection.search(values, options, context.trace);
      check(answer, dependencies_of(values, answer));
      return answer;
    };
    const auto answer = pool.run(search, context);
    return computed(answer, dependencies_of(values, answer), geojson);
  };
}

cache::Computed search_by_engine(postgres::Pool& pool, const std::string& engine, const SearchValues& values,
                                 RequestContext& context) {
  const auto answer = pool.run(
      [&](auto& connection, const auto& options) { return connection.search_by(engine, values, options); },
      context);
  return computed(answer, {});
}

cache::Compute tailor_computation(postgres::Pool& pool, const cache::ChangeLog& change_log, std::string id) {
  return [&pool, &change_log, id = std::move(id)](RequestContext& context, auto began) {
    const ReplayCheck check{pool, change_log, context, began};
    const auto show = [&](auto& connection, const auto& options) {
      auto answer = connection.tailor(id, options, context.trace);
      check(answer, dependencies_of(id));
      return answer;
    };
    const auto answer = pool.run(show, context);
    return computed(answer, dependencies_of(id));
  };
}

}  // namespace tailor::api
