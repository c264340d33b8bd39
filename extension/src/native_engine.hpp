// The native engine: reads the covering index and the rows of a page directly, without planner and executor.
#pragma once

#include "src/answer.hpp"
#include "src/covering_scan.hpp"
#include "src/request.hpp"

namespace tailor::native_engine {

/// Why this request cannot be served natively for the role, or nullptr. `caller` is the SQL function called.
const char* refusal(Binding& binding, const Request& request, Oid caller);

/// Answers a search that refusal() found nothing against, in the current memory context.
Answer search(const Binding& binding, const Request& request, Report& report);

}  // namespace tailor::native_engine
