#pragma once

#include <string>
#include <string_view>

#include "search_parameters.hpp"

namespace tailor::http {

/// Reads the query of GET /api/tailors: every value is present once (but skill), known and of its kind, and
/// the place is given in exactly one way. Throws Problem naming the parameter. With a grid, a
/// position is moved to the centre of its cell; a named place stays where it is.
SearchValues parse_search(std::string_view query, double snap_km = 0);

/// Where to, as a geo URI with the most that it is moved by, in metres; nothing when it was not.
std::string snapped_to(const SearchValues& values, double snap_km);

}  // namespace tailor::http
