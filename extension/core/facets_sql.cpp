#include "facets_sql.hpp"

#include "area_sql.hpp"
#include "facets.hpp"

namespace tailor {
namespace {

// The columns that are counted, and which filters the row passes.
std::string tailors(const SqlNames& names, const SearchShape& shape, const std::string& condition) {
  return "  SELECT t.\"skills\", t.\"yearsExperience\", t.\"rating\", " + passes_skills(shape) +
         " AS by_skills, " + passes_experience(shape) + " AS by_experience, " + passes_rating(shape) +
         " AS by_rating\n  FROM " + names.tailor + " t\n  WHERE " + condition;
}

// Skills are grouped by their column's collation, so a tailor may have one in several spellings. It counts
// once, and the least spelling of all is shown.
constexpr const char* kSkillGroups = R"(
  SELECT pg_catalog.min(s.least) AS value, pg_catalog.count(*) AS tailors
  FROM area a CROSS JOIN LATERAL (
    SELECT u.skill, pg_catalog.min(u.skill COLLATE pg_catalog."C") AS least
    FROM pg_catalog.unnest(a."skills") u(skill) WHERE u.skill IS NOT NULL GROUP BY u.skill) s
  WHERE a.by_experience AND a.by_rating GROUP BY s.skill
)";

std::string row(Facet facet, const char* columns) {
  return "SELECT " + std::to_string(static_cast<int>(facet)) + "::pg_catalog.int4 AS facet, " + columns;
}

std::string skill_rows() {
  return row(kSkillFacet,
             "0::pg_catalog.int4 AS number, s.value AS skill, s.tailors,"
             " (SELECT pg_catalog.count(*) FROM skills) AS skills\n  FROM"
             " (SELECT * FROM skills ORDER BY tailors DESC, value LIMIT ") +
         std::to_string(kMostFacetSkills) + ") s";
}

std::string rating_rows() {
  return row(kRatingFacet,
             "s.stars, NULL::pg_catalog.text, pg_catalog.count(*), 0\n"
             "  FROM area a JOIN pg_catalog.generate_series(1, ") +
         std::to_string(kFacetStars) + ") s(stars) ON " +
         compare("a.\"rating\"", ">=", "s.stars::pg_catalog.float8") +
         "\n  WHERE a.by_skills AND a.by_experience GROUP BY s.stars";
}

std::string experience_rows() {
  const std::string band = compare("a.\"yearsExperience\"", "/", std::to_string(kBandYears));
  return row(kExperienceFacet,
             "b.band, NULL::pg_catalog.text, pg_catalog.count(*), 0\n  FROM (SELECT LEAST(") +
         band + ", " + std::to_string(kBands - 1) +
         ") AS band FROM area a\n    WHERE a.by_skills AND a.by_rating AND " +
         compare("a.\"yearsExperience\"", ">=", "0") + ") b GROUP BY b.band";
}

}  // namespace

std::string facets_sql(const SqlNames& names, const SearchShape& shape) {
  std::string sql = "WITH area AS MATERIALIZED (\n" + tailors(names, shape, is_in_area(names, shape));
  if (shape.include_unlocated) sql += "\n  UNION ALL\n" + tailors(names, shape, is_unlocated(names));
  return sql + "\n), skills AS MATERIALIZED (" + kSkillGroups + ")\nSELECT f.* FROM (\n  " + skill_rows() +
         "\n  UNION ALL\n  " + rating_rows() + "\n  UNION ALL\n  " + experience_rows() +
         "\n) f ORDER BY f.facet, f.tailors DESC, f.skill COLLATE pg_catalog.\"C\"";
}

}  // namespace tailor
