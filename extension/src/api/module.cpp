// Initialisation when the server loads the library, and the planner's support function.
#include "src/api/arguments.hpp"
#include "src/binding/binding.hpp"
#include "src/declaration.hpp"
#include "src/postgis/postgis_distance.hpp"
#include "src/postgres.hpp"
#include "src/settings.hpp"

extern "C" {
#include "nodes/nodeFuncs.h"
}

namespace tailor {
namespace {

// The planner's estimate is a full page of rows; the last page and an empty area have fewer.
bool estimate_rows(SupportRequestRows& request) {
  if (request.node == nullptr || !IsA(request.node, FuncExpr)) return false;
  const List* arguments = reinterpret_cast<FuncExpr*>(request.node)->args;
  const bool lat_lng = arguments != NIL && exprType(static_cast<Node*>(linitial(arguments))) == FLOAT8OID;
  const int position = page_size_argument(lat_lng ? CentreForm::lat_lng : CentreForm::near);
  if (position >= list_length(arguments)) return false;  // defaults not filled in yet
  const auto* page_size = static_cast<Const*>(list_nth(arguments, position));
  if (!IsA(page_size, Const) || page_size->consttype != INT4OID || page_size->constisnull) return false;
  request.rows = Max(1, DatumGetInt32(page_size->constvalue));
  return true;
}

}  // namespace
}  // namespace tailor

extern "C" {

PG_MODULE_MAGIC;

PGDLLEXPORT void _PG_init(void);
void _PG_init(void) {
  tailor::settings::define();
  tailor::watch_relations();
  tailor::watch_distance_function();
}

TAILOR_SQL_FUNCTION(tailor_search_version);
Datum tailor_search_version(PG_FUNCTION_ARGS) {
  PG_RETURN_TEXT_P(cstring_to_text(tailor::library_version));
}

TAILOR_SQL_FUNCTION(tailor_search_support);
Datum tailor_search_support(PG_FUNCTION_ARGS) {
  auto* request = reinterpret_cast<Node*>(PG_GETARG_POINTER(0));
  const bool answered = IsA(request, SupportRequestRows) &&
                        tailor::estimate_rows(*reinterpret_cast<SupportRequestRows*>(request));
  PG_RETURN_POINTER(answered ? request : nullptr);
}
}
