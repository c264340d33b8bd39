// The SQL engine: SPI over PostGIS and the tables as they are. Correct under every privilege, policy, view,
// partitioning and foreign table, because it runs a plain SELECT with the caller's rights.
#pragma once

#include "src/binding/binding.hpp"
#include "src/engine/answer.hpp"
#include "src/engine/request.hpp"

namespace tailor::sql_engine {

/// Answers a search, in the current memory context. Errors of the statement pass unchanged.
Answer search(Binding& binding, const Request& request);

/// The facets of a search, likewise.
Facets* count_facets(Binding& binding, const Request& request);

/// The clusters of a search, likewise. Raises 22023 where a tailor's geography is no point.
Clusters* count_clusters(Binding& binding, const Request& request);

/// The tailor with this id (text) and all sample works; nullptr if none is visible.
Tailor* by_id(Binding& binding, Datum id);

}  // namespace tailor::sql_engine
