#pragma once

#include <string>
#include <string_view>

#include "cache/dependencies.hpp"

namespace tailor::notifications {

/// A payload on the channel: a front end's heartbeat, or a change.
struct Notification {
  std::string heartbeat;  // its text; empty: a change
  cache::Change change;
};

/// Parses a payload (docs/freshness.md). An unknown version or kind means that everything changed. Throws
/// std::exception for a payload that the extension's triggers never send; any role may send one.
Notification parse_notification(std::string_view payload);

/// The payload of a heartbeat.
std::string heartbeat_payload(const std::string& heartbeat);

}  // namespace tailor::notifications
