#pragma once

#include <string>
#include <string_view>

#include "postgres/search_parameters.hpp"

namespace tailor::api {

/// Parses the query of GET /api/tailors. Each parameter must be known, valid and given once (skill may
/// repeat), and the area given in exactly one way. Throws Problem naming the parameter. With a grid
/// (`snap_km`), a position is moved to its cell's centre; a named place is not.
SearchValues parse_search(std::string_view query, double snap_km = 0);

/// The snapped position as a geo URI with the largest displacement in metres; empty without a grid.
std::string snapped_to(const SearchValues& values, double snap_km);

}  // namespace tailor::api
