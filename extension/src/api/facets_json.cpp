#include "src/api/facets_json.hpp"

extern "C" {
#include "utils/json.h"
}

namespace tailor::json {
namespace {

void append_skills(StringInfo out, const Facets& facets) {
  const char* separator = "";
  for (int i = 0; i < facets.skill_count; ++i) {
    const SkillFacet& found = facets.skills[i];
    appendStringInfo(out, "%s{\"skill\":", separator);
    escape_json(out, text_to_cstring(found.skill));
    appendStringInfo(out, ",\"count\":" INT64_FORMAT "}", found.tailors);
    separator = ",";
  }
}

void append_ratings(StringInfo out, const Facets& facets) {
  const char* separator = "";
  for (int stars = 1; stars <= kFacetStars; ++stars) {
    const int64 tailors = facets.at_least_stars[stars - 1];
    if (tailors == 0) continue;
    appendStringInfo(out, "%s{\"minRating\":%d,\"count\":" INT64_FORMAT "}", separator, stars, tailors);
    separator = ",";
  }
}

// The last band has no end.
void append_bands(StringInfo out, const Facets& facets) {
  const char* separator = "";
  for (int band = 0; band < kBands; ++band) {
    const int first = band * kBandYears;
    if (facets.experience[band] == 0) continue;
    appendStringInfo(out, "%s{\"minExperience\":%d", separator, first);
    if (band < kBands - 1) appendStringInfo(out, ",\"maxExperience\":%d", first + kBandYears - 1);
    appendStringInfo(out, ",\"count\":" INT64_FORMAT "}", facets.experience[band]);
    separator = ",";
  }
}

}  // namespace

void append_facets(StringInfo out, const Facets& facets) {
  appendStringInfoString(out, "{\"skill\":[");
  append_skills(out, facets);
  appendStringInfo(out, "],\"otherSkills\":" INT64_FORMAT ",\"rating\":[", facets.other_skills);
  append_ratings(out, facets);
  appendStringInfoString(out, "],\"experience\":[");
  append_bands(out, facets);
  appendStringInfoString(out, "]}");
}

}  // namespace tailor::json
