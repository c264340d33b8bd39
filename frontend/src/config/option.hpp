#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <thread>

namespace tailor::config {

/// The cores of this machine, from which some defaults follow.
inline int cores() {
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

/// Adds options whose values are integers.
inline auto number_adder(CLI::App& app) {
  return [&app](const char* name, const char* variable, int& target, const char* text, const char* type,
                int least, int most) {
    return app.add_option(name, target, text)
        ->envname(variable)
        ->type_name(type)
        ->capture_default_str()
        ->check(CLI::Range(least, most).description(""));
  };
}

}  // namespace tailor::config
