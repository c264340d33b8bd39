// Chooses the engine: the native engine wherever it certainly gives the same answer as the SQL engine.
#pragma once

#include "src/engine/answer.hpp"
#include "src/engine/report.hpp"
#include "src/engine/request.hpp"

namespace tailor {

/// Answers a search by the engine that tailor_search.engine selects, and fills in the report. `caller` is the
/// SQL function that was called. Raises 55000 with the reason if the native engine is required and cannot
/// serve.
Answer search(const Request& request, Oid caller, Report& report);

/// The facets alone of a request that wants them, likewise.
Facets* count_facets(const Request& request, Oid caller, Report& report);

/// The clusters alone, likewise.
Clusters* count_clusters(const Request& request, Oid caller, Report& report);

/// The tailor with this id (text) and all sample works; nullptr if none is visible.
Tailor* tailor_by_id(Datum id);

}  // namespace tailor
