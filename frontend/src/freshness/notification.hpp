#pragma once

#include <string>
#include <string_view>

#include "cache/scope.hpp"

namespace tailor::freshness {

/// What a payload on the channel says: a heartbeat of some front end's, or a change.
struct Notification {
  std::string heartbeat;  // whose; empty: a change
  cache::Change change;
};

/// Reads a payload, as docs/freshness.md has it. An unknown version or kind means that everything changed.
/// Throws std::exception for a payload that no trigger of the extension sends: any role may send one.
Notification parse_notification(std::string_view payload);

/// A payload that parse_notification() reads as a heartbeat.
std::string heartbeat_payload(const std::string& heartbeat);

}  // namespace tailor::freshness
