#pragma once

#include <map>
#include <string>
#include <string_view>

namespace tailor::config {

/// Whether libpq has a parameter of this name.
bool is_libpq_parameter(std::string_view name);

/// Throws Error where libpq would refuse a value before it connects: then every attempt would fail alike, and
/// its message might quote a part of the password. The Error's message names the parameter, and shows no
/// value.
void check_libpq_values(const std::map<std::string, std::string>& parameters);

}  // namespace tailor::config
