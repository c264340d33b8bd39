// The SQL engine: SPI over PostGIS and the tables as they are. Right under every privilege, policy, view,
// partitioning or foreign table, for it is a plain SELECT of the caller's.
#pragma once

#include "src/binding/binding.hpp"
#include "src/engine/answer.hpp"
#include "src/engine/request.hpp"

namespace tailor::sql_engine {

/// Answers a search, in the current memory context. Errors of the statement pass unchanged.
Answer search(Binding& binding, const Request& request);

/// The tailor with this id (text), with all sample works; nullptr when there is none to be seen.
Tailor* by_id(Binding& binding, Datum id);

}  // namespace tailor::sql_engine
