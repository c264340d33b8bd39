#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tailor::database {

struct Setting {
  std::string name, value;
};

/// The settings in libpq's `options`, written as `-c name=value` or `--name=value`. What does not begin with
/// a hyphen is for a proxy (Neon, Supabase), not for the server. Throws Error{unavailable} for the server's
/// other switches, such as -B, which cannot be compared with a session.
std::vector<Setting> settings_in_options(std::string_view options);

}  // namespace tailor::database
