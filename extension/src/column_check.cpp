#include "src/column_check.hpp"

#include "src/postgis.hpp"

extern "C" {
#include "catalog/pg_class.h"
}

namespace tailor {
namespace {

const char* needed_type(ColumnType type) {
  switch (type) {
    case ColumnType::text:
      return "text";
    case ColumnType::text_array:
      return "text[]";
    case ColumnType::integer:
      return "integer";
    case ColumnType::real:
      return "double precision";
    case ColumnType::timestamp:
      return "timestamp(3) without time zone";
    case ColumnType::geography:
      return "geography(Point,4326)";
  }
  return "";
}

bool can_serve(ColumnType needed, Oid found) {
  switch (needed) {
    case ColumnType::text:
      return found == TEXTOID || found == VARCHAROID;
    case ColumnType::text_array:
      return found == TEXTARRAYOID;
    case ColumnType::integer:
      return found == INT4OID;
    case ColumnType::real:
      return found == FLOAT8OID;
    case ColumnType::timestamp:
      return found == TIMESTAMPOID;
    case ColumnType::geography:
      return found == geography_type();
  }
  return false;
}

[[noreturn]] void refuse_missing(const char* table, const Column& column) {
  const char* type = column.type == ColumnType::geography
                         ? psprintf("%s.%s", postgis_schema(), needed_type(column.type))
                         : needed_type(column.type);
  ereport(ERROR,
          (errcode(ERRCODE_UNDEFINED_COLUMN), errmsg("table %s has no column \"%s\"", table, column.name),
           errdetail("tailor_search needs it, of type %s.", needed_type(column.type)),
           errhint("ALTER TABLE %s ADD COLUMN \"%s\" %s; or name another table in the settings "
                   "tailor_search.tailor_table, .user_table and .sample_work_table.",
                   table, column.name, type)));
  pg_unreachable();
}

void check_column(Oid relation, const Column& column) {
  const char* table = qualified_name(relation);
  HeapTuple tuple = SearchSysCacheAttName(relation, column.name);
  if (!HeapTupleIsValid(tuple)) refuse_missing(table, column);
  const auto* attribute = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple));
  const Oid type = attribute->atttypid;
  const int32 modifier = attribute->atttypmod;
  ReleaseSysCache(tuple);
  if (can_serve(column.type, getBaseType(type))) return;
  ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                  errmsg("column \"%s\" of table %s has type %s, which cannot serve", column.name, table,
                         format_type_with_typemod(type, modifier)),
                  errdetail("tailor_search needs type %s.", needed_type(column.type)),
                  errhint("Change the column's type, or bind a view that converts it.")));
}

template <std::size_t N>
void check_all(Oid relation, const std::array<Column, N>& columns) {
  switch (get_rel_relkind(relation)) {
    case RELKIND_RELATION:
    case RELKIND_PARTITIONED_TABLE:
    case RELKIND_VIEW:
    case RELKIND_MATVIEW:
    case RELKIND_FOREIGN_TABLE:
      break;
    default:
      ereport(
          ERROR,
          (errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("%s is not a table or view", qualified_name(relation)),
           errhint("Name a table, view or foreign table in the settings tailor_search.tailor_table, "
                   ".user_table and .sample_work_table.")));
  }
  for (const Column& column : columns) check_column(relation, column);
}

}  // namespace

void check_columns(const Relations& relations) {
  check_all(relations.tailor, tailor_columns);
  check_column(relations.tailor, point_column);
  check_all(relations.user, user_columns);
  check_all(relations.sample_work, sample_work_columns);
  check_column(relations.sample_work, work_tailor_column);
}

}  // namespace tailor
