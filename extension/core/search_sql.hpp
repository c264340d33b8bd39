// The SQL engine's statements, one for each shape of search.
#pragma once

#include <string>

#include "hidden_fields.hpp"
#include "model.hpp"
#include "search_shape.hpp"

namespace tailor {

/// Names for SQL text, quoted and schema-qualified, and the fields that are not read.
struct SqlNames {
  std::string tailor, user, sample_work;
  std::string postgis_schema;
  HiddenFields hidden{};
  // Rows are on other servers, too: the coordinates are compared with the area's bounds, kWest to kNorth, so
  // that PostgreSQL leaves out partitions that the area does not touch.
  bool has_foreign_partition = false;
};

/// The statement that answers a search of this shape. Its parameters are SearchParameter, in order;
/// its result is RowLayout: one row for each tailor and sample work, at least one row (the total).
std::string search_sql(const SqlNames& names, const SearchShape& shape);

/// The statement that reads one tailor, by id ($1 text), with all sample works. The same RowLayout.
std::string by_id_sql(const SqlNames& names);

}  // namespace tailor
