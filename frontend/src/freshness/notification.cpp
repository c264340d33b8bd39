#include "freshness/notification.hpp"

#include <nlohmann/json.hpp>

namespace tailor::freshness {
namespace {

using nlohmann::json;

constexpr int kVersion = 1;
constexpr const char* kHeartbeat = "heartbeat";

void read_places(const json& places, cache::Change& change) {
  for (const json& place : places) {
    if (place.is_null()) {
      change.unlocated = true;
    } else {
      change.points.push_back({place.at(0).get<double>(), place.at(1).get<double>()});
    }
  }
}

cache::Change read_change(const json& payload) {
  cache::Change change;
  change.transaction = payload.at("x").get<cache::Transaction>();
  const bool known = payload.at("v") == kVersion;
  if (known && payload.contains("tailor")) {
    change.tailor = payload.at("tailor").get<std::string>();
    if (payload.contains("at")) read_places(payload.at("at"), change);
  } else if (known && payload.contains("user")) {
    change.user = payload.at("user").get<std::string>();
  } else {
    change.everything = true;
  }
  return change;
}

}  // namespace

Notification parse_notification(std::string_view payload) {
  const json parsed = json::parse(payload);
  if (parsed.contains(kHeartbeat)) return {parsed.at(kHeartbeat).get<std::string>(), {}};
  return {{}, read_change(parsed)};
}

std::string heartbeat_payload(const std::string& heartbeat) {
  return json{{"v", kVersion}, {kHeartbeat, heartbeat}}.dump();
}

}  // namespace tailor::freshness
