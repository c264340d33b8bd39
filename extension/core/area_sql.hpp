// The parts of SQL text that a search, its facets and its clusters share: the area, and each filter.
#pragma once

#include <string>

#include "search_shape.hpp"
#include "search_sql.hpp"

namespace tailor {

/// The parameter's marker, $1 for the first.
std::string parameter(SearchParameter p);

/// Operators are schema-qualified: a user-defined "&&" on the search_path must not change the answer.
std::string compare(const std::string& left, const char* op, const std::string& right);

/// Whether the point of the row `t` is within the circle or box.
std::string is_in_area(const SqlNames& names, const SearchShape& shape);

/// Whether the row `t` has no point: NULL, or empty.
std::string is_unlocated(const SqlNames& names);

/// Whether the row `t` passes these filters; "true" where the search has none of them.
std::string passes_skills(const SearchShape& shape);
std::string passes_experience(const SearchShape& shape);
std::string passes_rating(const SearchShape& shape);

/// All of them, each after AND.
std::string passes_filters(const SearchShape& shape);

}  // namespace tailor
