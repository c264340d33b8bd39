#pragma once

#include <string_view>

#include "search_parameters.hpp"

namespace tailor::http {

/// Reads the query of GET /api/tailors: every value is present once (but skill), known and of its kind, and
/// the place is given in exactly one way. Throws Problem naming the parameter.
SearchValues parse_search(std::string_view query);

}  // namespace tailor::http
