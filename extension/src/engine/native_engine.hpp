// The native engine: reads the covering index and the rows of a page directly, without planner and executor.
#pragma once

#include "src/engine/answer.hpp"
#include "src/engine/covering_scan.hpp"
#include "src/engine/request.hpp"

namespace tailor::native_engine {

/// How a request is served natively, or why it cannot be.
struct Choice {
  const NativePlan* plan;  // valid while the binding is in use; nullptr: it cannot
  const char* refusal;     // static or palloc'd
};

/// Chooses for the current role. `caller` is the SQL function called.
Choice choose(Binding& binding, const Request& request, Oid caller);

/// Answers a search by the chosen plan, in the current memory context.
Answer search(const Relations& relations, const NativePlan& plan, const Request& request, Report& report);

}  // namespace tailor::native_engine
