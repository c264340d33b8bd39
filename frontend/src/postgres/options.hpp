#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tailor::postgres {

struct Setting {
  std::string name, value;
};

/// The settings in libpq's `options`, written as `-c name=value` or `--name=value`. Words without a hyphen
/// are for a proxy (Neon, Supabase) and are skipped. Throws Error{unavailable} for other switches of the
/// server, such as -B, because a session cannot be compared with them.
std::vector<Setting> settings_in_options(std::string_view options);

}  // namespace tailor::postgres
