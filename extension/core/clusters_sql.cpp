#include "clusters_sql.hpp"

#include "area_sql.hpp"

namespace tailor {

std::string clusters_sql(const SqlNames& names, const SearchShape& shape) {
  return "SELECT t.\"locationPoint\", t.\"id\"\n  FROM " + names.tailor + " t\n  WHERE " +
         is_in_area(names, shape) + passes_filters(shape);
}

}  // namespace tailor
