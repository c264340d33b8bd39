// The facets of an answer as JSON.
#pragma once

#include "src/engine/facets.hpp"

namespace tailor::json {

/// Appends {"skill":[{"skill":…,"count":…},…],"otherSkills":…,"rating":[…],"experience":[…]}. Beside its
/// count, a member has the filters that find the tailors counted.
void append_facets(StringInfo out, const Facets& facets);

}  // namespace tailor::json
