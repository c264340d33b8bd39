// The facets of a search: how many tailors it would find by each skill, rating and band of experience.
#pragma once

#include "src/postgres.hpp"
//
#include "core/facets.hpp"

namespace tailor {

struct SkillFacet {
  const text* skill;  // of the spellings that are equal by the column's collation, the least bytewise
  int64 tailors;
};

/// Each group counts the tailors that pass all filters but the group's own.
struct Facets {
  SkillFacet* skills;  // the most frequent first, then by their bytes; at most kMostFacetSkills
  int skill_count;
  int64 other_skills;  // distinct ones, behind these
  int64 at_least_stars[kFacetStars];
  int64 experience[kBands];
};

}  // namespace tailor
