#pragma once

#include "config/settings.hpp"

namespace CLI {
class App;
}

namespace tailor::config {

/// Adds the options of the two HTTP listeners and of what they answer.
void add_http_options(CLI::App& app, Settings& settings);

}  // namespace tailor::config
