#pragma once

#include <spdlog/spdlog.h>

#include <concepts>
#include <string>
#include <string_view>
#include <vector>

namespace tailor::log {

/// The values of --log-level, from the most to the least verbose, and of --log-format.
extern const std::vector<std::string> kLevels;
extern const std::vector<std::string> kFormats;

/// A destination of the log.
spdlog::sink_ptr standard_error();

/// Sends the log to a sink, one line for each event, in the format "text" (time, level, key=value pairs) or
/// "json" (an object with the same members). Called once, before threads start.
void start(const std::string& level, const std::string& format,
           const spdlog::sink_ptr& sink = standard_error());

/// Functions that any thread may call at any time.
void set_level(const std::string& level);

/// Whether lines of this level are written; asked where preparing a line is expensive.
inline bool shows(spdlog::level::level_enum level) {
  return spdlog::should_log(level);
}

/// One line, written by the destructor. It is ASCII without control characters, whatever the values contain.
class Event {
 public:
  /// `name` and the keys are constants of the program and are not escaped.
  Event(spdlog::level::level_enum level, std::string_view name);
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event();

  Event& with(std::string_view key, std::string_view value) {
    if (shown_) add_text(key, value);
    return *this;
  }
  Event& with(std::string_view key, std::integral auto value) {
    if (shown_) add_number(key, fmt::format_int(value));
    return *this;
  }
  /// With three decimals.
  Event& with(std::string_view key, double value) {
    if (shown_) add_number(key, value);
    return *this;
  }

 private:
  void add_key(std::string_view key);
  void add_text(std::string_view key, std::string_view value);
  void add_number(std::string_view key, const fmt::format_int& value);
  void add_number(std::string_view key, double value);

  const spdlog::level::level_enum level_;
  const bool shown_;
  fmt::memory_buffer line_;
};

inline Event debug(std::string_view name) {
  return {spdlog::level::debug, name};
}
inline Event info(std::string_view name) {
  return {spdlog::level::info, name};
}
inline Event warning(std::string_view name) {
  return {spdlog::level::warn, name};
}
inline Event error(std::string_view name) {
  return {spdlog::level::err, name};
}

}  // namespace tailor::log
