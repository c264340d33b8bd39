// Reads and checks the arguments of all SQL functions.
#pragma once

#include "src/engine/request.hpp"

namespace tailor {

/// The form of the call: with lat and lng, or with a geography.
enum class CentreForm { lat_lng, near };

/// What the function returns: rows have no facets and clusters.
enum class Result { rows, document };

/// The position of page_size in a call, for the planner's estimate.
int page_size_argument(CentreForm form);

/// Checks every argument. Raises 22023 (22004 for NULL) with a hint; the argument's name begins the message
/// and is in the error's column field.
Request read_request(FunctionCallInfo fcinfo, CentreForm form, Result result);

/// The same for tailor_search_facets(), which has no arguments for order and pages.
Request read_facets_request(FunctionCallInfo fcinfo, CentreForm form);

/// The same for tailor_search_clusters().
Request read_clusters_request(FunctionCallInfo fcinfo, CentreForm form);

/// The id in the first argument. Raises 22023 if it is too long.
Datum read_id(FunctionCallInfo fcinfo);

}  // namespace tailor
