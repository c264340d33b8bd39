// The native engine: reads the covering index and the rows of a page directly, without planner and executor.
#pragma once

#include "src/covering_scan.hpp"
#include "src/page.hpp"
#include "src/request.hpp"

namespace tailor::native_engine {

/// Why this request cannot be served natively for the role, or nullptr. `caller` is the SQL function called.
const char* refusal(Binding& binding, const Request& request, Oid caller);

/// Answers a search that refusal() found nothing against, in the current memory context.
Page search(const Binding& binding, const Request& request, Report& report);

}  // namespace tailor::native_engine
