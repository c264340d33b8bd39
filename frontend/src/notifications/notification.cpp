#include "notifications/notification.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace tailor::notifications {
namespace {

using nlohmann::json;

constexpr int kVersion = 1;
constexpr const char* kHeartbeat = "heartbeat";

constexpr std::size_t kMaxPlaces = 2;  // the old and the new position

[[noreturn]] void refuse(const char* fault) {
  throw std::invalid_argument(fault);
}

std::string read_id(const json& id) {
  if (!id.is_string() || id.get_ref<const std::string&>().empty()) refuse("an id is not a text");
  return id.get<std::string>();
}

double read_degrees(const json& degrees, double limit) {
  if (!degrees.is_number() || !(std::abs(degrees.get<double>()) <= limit))
    refuse("a place is not a latitude and longitude");
  return degrees.get<double>();
}

void read_places(const json& places, cache::Change& change) {
  if (!places.is_array() || places.size() > kMaxPlaces) refuse("at is not a list of one or two places");
  for (const json& place : places) {
    if (place.is_null()) {
      change.unlocated = true;
    } else {
      if (!place.is_array() || place.size() != 2) refuse("a place is not a latitude and longitude");
      change.points.push_back({read_degrees(place[0], 90), read_degrees(place[1], 180)});
    }
  }
}

// A transaction id that is not an integer is refused: conversion could yield any number.
cache::Change read_change(const json& payload) {
  if (!payload.is_object() || !payload.contains("v") || !payload.contains("x") ||
      !payload["x"].is_number_unsigned())
    refuse("v or x is missing, or x is not a transaction's number");
  cache::Change change;
  change.transaction = payload["x"].get<cache::Transaction>();
  const bool known = payload["v"] == kVersion;
  if (known && payload.contains("tailor")) {
    change.tailor = read_id(payload["tailor"]);
    if (payload.contains("at")) read_places(payload["at"], change);
  } else if (known && payload.contains("user")) {
    change.user = read_id(payload["user"]);
  } else {
    change.everything = true;
  }
  return change;
}

}  // namespace

Notification parse_notification(std::string_view payload) {
  const json parsed = json::parse(payload);
  if (parsed.contains(kHeartbeat)) return {read_id(parsed[kHeartbeat]), {}};
  return {{}, read_change(parsed)};
}

std::string heartbeat_payload(const std::string& heartbeat) {
  return json{{"v", kVersion}, {kHeartbeat, heartbeat}}.dump();
}

}  // namespace tailor::notifications
