// The choice between the engines: one contract, and the native one wherever it is sure to give the same
// answer.
#pragma once

#include "src/engine/answer.hpp"
#include "src/engine/report.hpp"
#include "src/engine/request.hpp"

namespace tailor {

/// Answers a search by the engine that tailor_search.engine names, and fills in the report. `caller` is the
/// SQL function that was called. Raises 55000 when the native engine is demanded and cannot serve, with the
/// reason.
Answer search(const Request& request, Oid caller, Report& report);

/// The tailor with this id (text), with all sample works; nullptr when there is none to be seen.
Tailor* tailor_by_id(Datum id);

}  // namespace tailor
