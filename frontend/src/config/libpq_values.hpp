#pragma once

#include <map>
#include <string>
#include <string_view>

namespace tailor::config {

/// Whether libpq has a parameter of this name.
bool is_libpq_parameter(std::string_view name);

/// Throws Error if libpq would refuse a value before connecting: every attempt would fail, and libpq's
/// message might quote part of the password. The Error names the parameter without its value.
void check_libpq_values(const std::map<std::string, std::string>& parameters);

}  // namespace tailor::config
