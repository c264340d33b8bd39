#pragma once

#include <string>
#include <string_view>

#include "postgres/search_parameters.hpp"

namespace tailor::api {

/// The cache key of a search: equal exactly for equal searches. The values come from parse_search(), which
/// normalises numbers and skills and fills in defaults. `form`: of the answer, where it is not the usual one.
std::string search_key(const SearchValues& values, std::string_view form = {});

/// The cache key of a tailor's page.
std::string tailor_key(std::string_view id);

}  // namespace tailor::api
