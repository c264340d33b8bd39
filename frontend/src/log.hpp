#pragma once

#include <spdlog/spdlog.h>

#include <string>
#include <vector>

namespace tailor {

/// The levels that --log-level knows, from the most to the least talkative.
extern const std::vector<std::string> kLogLevels;

/// Sends the log to stderr, one line an event: time, level, key=value pairs.
void start_log(const std::string& level);

}  // namespace tailor
