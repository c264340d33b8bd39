#include "log.hpp"

#include <spdlog/sinks/stdout_sinks.h>

namespace tailor {

const std::vector<std::string> kLogLevels{"debug", "info", "warning", "error", "off"};

void start_log(const std::string& level) {
  auto logger = spdlog::stderr_logger_mt("tailor-frontend");
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
  logger->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace tailor
