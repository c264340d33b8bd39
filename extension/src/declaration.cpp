#include "src/declaration.hpp"

namespace tailor {
namespace {

void check(FunctionCallInfo fcinfo, int found, int least, int most) {
  if (found >= least && found <= most) return;
  ereport(ERROR,
          (errcode(ERRCODE_INVALID_FUNCTION_DEFINITION),
           errmsg("%s() is declared by another version of tailor_search than the library of this "
                  "session, which is %s",
                  get_func_name(fcinfo->flinfo->fn_oid), library_version),
           errhint("Connect again, and where that does not help: ALTER EXTENSION tailor_search UPDATE.")));
}

}  // namespace

void check_declared_arguments(FunctionCallInfo fcinfo, int least, int most) {
  check(fcinfo, PG_NARGS(), least, most);
}

void check_declared_columns(FunctionCallInfo fcinfo, TupleDesc columns, int least, int most) {
  check(fcinfo, columns->natts, least, most);
}

}  // namespace tailor
