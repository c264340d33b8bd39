// The native engine reads the covering index and the page's rows directly, without planner and executor.
#pragma once

#include "src/engine/answer.hpp"
#include "src/engine/covering_scan.hpp"
#include "src/engine/request.hpp"

namespace tailor::native_engine {

/// The plan of a native search, or why there is none.
struct Choice {
  const NativePlan* plan;  // valid while the binding is in use; nullptr: see refusal
  const char* refusal;     // static or palloc'd
};

/// Decides for the current role. `caller` is the SQL function that was called.
Choice choose(Binding& binding, const Request& request, Oid caller);

/// Answers a search by the chosen plan, in the current memory context.
Answer search(const Relations& relations, const NativePlan& plan, const Request& request, Report& report);

/// The facets alone of a request that wants them.
Facets* count_facets(const Relations& relations, const NativePlan& plan, const Request& request,
                     Report& report);

/// The clusters alone, likewise.
Clusters* count_clusters(const Relations& relations, const NativePlan& plan, const Request& request,
                         Report& report);

}  // namespace tailor::native_engine
