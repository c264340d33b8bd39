#include "base/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

namespace tailor::log {
namespace {

constexpr const char* kText = "%Y-%m-%dT%H:%M:%S.%e%z %l %v";
constexpr const char* kJson = R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l",%v})";

bool json = false;

void append(fmt::memory_buffer& line, std::string_view text) {
  line.append(text.data(), text.data() + text.size());
}

// Whether the text contains nothing that ends a value, a quoted text or a line.
bool is_plain(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return c > ' ' && c < '\x7f' && c != '"' && c != '\\' && c != '='; });
}

// JSON's escapes, in both formats, and only ASCII: neither a terminal nor a line parser can take a value for
// anything but text.
std::string quoted(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

}  // namespace

const std::vector<std::string> kLevels{"debug", "info", "warning", "error", "off"};
const std::vector<std::string> kFormats{"text", "json"};

spdlog::sink_ptr standard_error() {
  return std::make_shared<spdlog::sinks::stderr_sink_mt>();
}

void start(const std::string& level, const std::string& format, const spdlog::sink_ptr& sink) {
  json = format == "json";
  auto logger = std::make_shared<spdlog::logger>("tailor-frontend", sink);
  logger->set_pattern(json ? kJson : kText);
  spdlog::set_default_logger(std::move(logger));
  set_level(level);
}

void set_level(const std::string& level) {
  spdlog::set_level(spdlog::level::from_str(level));
}

Event::Event(spdlog::level::level_enum level, std::string_view name) : level_(level), shown_(shows(level)) {
  if (shown_) add_text("event", name);
}

Event::~Event() {
  if (shown_) spdlog::log(level_, std::string_view{line_.data(), line_.size()});
}

void Event::add_key(std::string_view key) {
  if (line_.size() > 0) line_.push_back(json ? ',' : ' ');
  if (json) line_.push_back('"');
  append(line_, key);
  append(line_, json ? "\":" : "=");
}

void Event::add_text(std::string_view key, std::string_view value) {
  add_key(key);
  if (!is_plain(value)) return append(line_, quoted(value));
  const bool quotes = json || value.empty();
  if (quotes) line_.push_back('"');
  append(line_, value);
  if (quotes) line_.push_back('"');
}

void Event::add_number(std::string_view key, const fmt::format_int& value) {
  add_key(key);
  append(line_, {value.data(), value.size()});
}

void Event::add_number(std::string_view key, double value) {
  add_key(key);
  if (std::isfinite(value)) {
    fmt::format_to(std::back_inserter(line_), "{:.3f}", value);
  } else {
    append(line_, "null");
  }
}

}  // namespace tailor::log
