// The SQL engine's statement for clusters, one for each set of filters.
#pragma once

#include <string>

#include "search_sql.hpp"

namespace tailor {

/// Columns of a row of the clusters' statement, counted from 0.
struct ClusterRow {
  static constexpr int point = 0;
  static constexpr int id = 1;
};

/// The statement that reads the point and id of each match. Its parameters are SearchParameter.
std::string clusters_sql(const SqlNames& names, const SearchShape& shape);

}  // namespace tailor
