#pragma once

#include <libpq-fe.h>

#include <string>
#include <string_view>

#include "base/failure.hpp"

namespace tailor::postgres {

/// The error of a failed result, classified by its SQLSTATE.
Error error_from(const PGresult* result);

/// libpq's message without line breaks.
std::string one_line(std::string_view message);

}  // namespace tailor::postgres
