// The arguments of the SQL functions, read and checked in one place.
#pragma once

#include "src/engine/request.hpp"

namespace tailor {

/// How the function was called: with lat and lng, or with a geography.
enum class CentreForm { lat_lng, near };

/// Where page_size stands in a call of so many arguments (defaults filled in), for the planner's estimate.
int page_size_argument(int arguments);

/// Checks every argument. Raises 22023 (22004 for a null) with the argument's name first in the message
/// and in the error's column field, and a hint.
Request read_request(FunctionCallInfo fcinfo, CentreForm form);

/// The id that the call's first argument is. Raises 22023 for one that is too long.
Datum read_id(FunctionCallInfo fcinfo);

}  // namespace tailor
