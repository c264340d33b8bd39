// The SQL engine's statement for facets, one for each set of filters.
#pragma once

#include <string>

#include "search_sql.hpp"

namespace tailor {

/// The statement that counts the tailors of an area in each group, under all filters but the group's own.
/// Its parameters are SearchParameter; its rows are FacetRow, skills in their order.
std::string facets_sql(const SqlNames& names, const SearchShape& shape);

}  // namespace tailor
