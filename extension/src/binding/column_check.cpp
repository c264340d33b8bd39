#include "src/binding/column_check.hpp"

#include "src/declaration.hpp"
#include "src/materialized.hpp"
#include "src/postgis/postgis.hpp"

extern "C" {
#include "catalog/pg_class.h"
#include "nodes/pg_list.h"
}

namespace tailor {
namespace {

constexpr const char* kOtherTable =
    "name another table in the settings tailor_search.tailor_table, .user_table and .sample_work_table.";

struct Subject {
  const char* kind;
  Oid relation;
  const char* name;  // as SQL text
  bool is_table;     // ALTER TABLE changes its columns
};

struct FoundType {
  Oid type, base;
  int32 modifier, base_modifier;
};

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

const char* type_for_sql(ColumnType type) {
  if (type != ColumnType::geography) return needed_type(type);
  return psprintf("%s.%s", postgis_schema(), needed_type(type));
}

bool can_serve(ColumnType needed, const FoundType& found) {
  switch (needed) {
    case ColumnType::text:
      return found.base == TEXTOID || found.base == VARCHAROID;
    case ColumnType::text_array:
      return found.base == TEXTARRAYOID;
    case ColumnType::integer:
      return found.base == INT4OID;
    case ColumnType::real:
      return found.base == FLOAT8OID;
    case ColumnType::timestamp:
      return found.base == TIMESTAMPOID;
    case ColumnType::geography:
      return holds_points(found.base, found.base_modifier);
  }
  return false;
}

void add(List*& problems, const Subject& subject, Problem problem) {
  problem.kind = subject.kind;
  problem.relation = subject.relation;
  auto* copy = static_cast<Problem*>(palloc(sizeof(Problem)));
  *copy = problem;
  problems = lappend(problems, copy);
}

Problem missing_column(const Subject& subject, const Column& column) {
  const char* statement =
      psprintf("ALTER TABLE %s ADD COLUMN \"%s\" %s", subject.name, column.name, type_for_sql(column.type));
  return {.kind = nullptr,
          .relation = InvalidOid,
          .column = column.name,
          .code = ERRCODE_UNDEFINED_COLUMN,
          .message = psprintf("table %s has no column \"%s\"", subject.name, column.name),
          .detail = psprintf("tailor_search needs it, of type %s.", needed_type(column.type)),
          .hint = subject.is_table ? psprintf("%s; or %s", statement, kOtherTable)
                                   : psprintf("Give it such a column, or %s", kOtherTable),
          .statement = subject.is_table ? statement : nullptr};
}

// Only a point with these coordinates may be stored.
const char* conversion(const Column& column, const FoundType& found) {
  if (column.type != ColumnType::geography) return "";
  if (!converts_to_points(found.base, found.base_modifier)) return nullptr;
  const char* schema = postgis_schema();
  return psprintf(" USING %s.ST_Force2D(\"%s\"::%s.geometry)::%s.geography", schema, column.name, schema,
                  schema);
}

Problem unfit_column(const Subject& subject, const Column& column, const FoundType& found) {
  const char* using_clause = subject.is_table ? conversion(column, found) : nullptr;
  const char* statement = using_clause == nullptr ? nullptr
                                                  : psprintf("ALTER TABLE %s ALTER COLUMN %s TYPE %s%s",
                                                             subject.name, quote_identifier(column.name),
                                                             type_for_sql(column.type), using_clause);
  return {.kind = nullptr,
          .relation = InvalidOid,
          .column = column.name,
          .code = ERRCODE_DATATYPE_MISMATCH,
          .message = psprintf("column \"%s\" of table %s has type %s, which cannot serve", column.name,
                              subject.name, format_type_with_typemod(found.type, found.modifier)),
          .detail = psprintf("tailor_search needs type %s.", needed_type(column.type)),
          .hint = statement == nullptr ? "Change the column's type, or bind a view that converts it."
                                       : psprintf("%s; or bind a view that converts it.", statement),
          .statement = statement};
}

void check_column(List*& problems, const Subject& subject, const Column& column) {
  HeapTuple tuple = SearchSysCacheAttName(subject.relation, column.name);
  if (!HeapTupleIsValid(tuple)) return add(problems, subject, missing_column(subject, column));
  const auto* attribute = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple));
  FoundType found{attribute->atttypid, InvalidOid, attribute->atttypmod, attribute->atttypmod};
  ReleaseSysCache(tuple);
  found.base = getBaseTypeAndTypmod(found.type, &found.base_modifier);
  if (!can_serve(column.type, found)) add(problems, subject, unfit_column(subject, column, found));
}

template <std::size_t N>
void check_all(List*& problems, const Subject& subject, const std::array<Column, N>& columns, uint32 hidden) {
  for (std::size_t i = 0; i < N; ++i)
    if (!is_hidden(hidden, i)) check_column(problems, subject, columns[i]);
}

bool can_be_read(List*& problems, const Subject& subject) {
  switch (get_rel_relkind(subject.relation)) {
    case RELKIND_RELATION:
    case RELKIND_PARTITIONED_TABLE:
    case RELKIND_VIEW:
    case RELKIND_MATVIEW:
    case RELKIND_FOREIGN_TABLE:
      return true;
    case '\0':  // dropped meanwhile
      return false;
    default:
      break;
  }
  add(problems, subject,
      {.kind = nullptr,
       .relation = InvalidOid,
       .column = nullptr,
       .code = ERRCODE_WRONG_OBJECT_TYPE,
       .message = psprintf("%s is not a table or view", subject.name),
       .detail = nullptr,
       .hint = "Name a table, view or foreign table in the settings tailor_search.tailor_table, "
               ".user_table and .sample_work_table.",
       .statement = nullptr});
  return false;
}

Subject subject(const char* kind, Oid relation) {
  const char relkind = get_rel_relkind(relation);
  return {kind, relation, qualified_name(relation),
          relkind == RELKIND_RELATION || relkind == RELKIND_PARTITIONED_TABLE};
}

Datum text_or_null(const char* text, bool& null) {
  null = text == nullptr;
  return null ? Datum{0} : CStringGetTextDatum(text);
}

constexpr int kProblemColumns = 8;

void put_problem(const ReturnSetInfo* result, const Problem& problem) {
  Datum values[kProblemColumns];
  bool nulls[kProblemColumns] = {};
  values[0] = text_or_null(problem.kind, nulls[0]);
  values[1] = ObjectIdGetDatum(problem.relation);
  values[2] = text_or_null(problem.column, nulls[2]);
  values[3] = text_or_null(unpack_sql_state(problem.code), nulls[3]);
  values[4] = text_or_null(problem.message, nulls[4]);
  values[5] = text_or_null(problem.detail, nulls[5]);
  values[6] = text_or_null(problem.hint, nulls[6]);
  values[7] = text_or_null(problem.statement, nulls[7]);
  tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

}  // namespace

List* find_problems(const Relations& relations) {
  List* problems = NIL;
  if (OidIsValid(relations.tailor)) {
    const Subject tailor = subject("tailor", relations.tailor);
    if (can_be_read(problems, tailor)) {
      check_all(problems, tailor, tailor_columns, relations.hidden.tailor);
      check_column(problems, tailor, point_column);
    }
  }
  if (OidIsValid(relations.user)) {
    const Subject user = subject("user", relations.user);
    if (can_be_read(problems, user)) check_all(problems, user, user_columns, relations.hidden.user);
  }
  if (OidIsValid(relations.sample_work)) {
    const Subject work = subject("sample_work", relations.sample_work);
    if (can_be_read(problems, work)) {
      check_all(problems, work, sample_work_columns, relations.hidden.sample_work);
      check_column(problems, work, work_tailor_column);
    }
  }
  return problems;
}

void check_columns(const Relations& relations) {
  List* problems = find_problems(relations);
  if (problems == NIL) return;
  const auto& first = *static_cast<Problem*>(linitial(problems));
  ereport(ERROR, (errcode(first.code), errmsg("%s", first.message),
                  first.detail == nullptr ? 0 : errdetail("%s", first.detail), errhint("%s", first.hint)));
}

}  // namespace tailor

extern "C" {

TAILOR_SQL_FUNCTION(tailor_search_problems);
Datum tailor_search_problems(PG_FUNCTION_ARGS) {
  InitMaterializedSRF(fcinfo, 0);
  const auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  tailor::check_declared_columns(fcinfo, result->setDesc, tailor::kProblemColumns, tailor::kProblemColumns);
  ListCell* cell = nullptr;
  foreach (cell, tailor::find_problems(tailor::named_relations()))
    tailor::put_problem(result, *static_cast<tailor::Problem*>(lfirst(cell)));
  return Datum{0};
}
}
