// How SQL declares a function that calls into the library. The library may be of another version than the
// SQL: a session keeps the library that it loaded, and a database keeps its functions until ALTER EXTENSION
// UPDATE.
#pragma once

#include "src/postgres.hpp"

namespace tailor {

/// The version of the library, as the control file had it.
inline constexpr const char* library_version = TAILOR_VERSION;

/// Raises 42P13 unless the function is declared with `least` to `most` arguments. Arguments that later
/// versions appended are absent from the declarations of earlier ones.
void check_declared_arguments(FunctionCallInfo fcinfo, int least, int most);

/// The same for the columns of its result.
void check_declared_columns(FunctionCallInfo fcinfo, TupleDesc columns, int least, int most);

}  // namespace tailor
