// The statements of the SQL engine that count facets.
#include "core/facets_sql.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <vector>

#include "sql_names.hpp"

namespace tailor {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<std::string> all_statements() {
  std::vector<std::string> statements;
  for (int filters = 0; filters < 128; ++filters)
    statements.push_back(facets_sql(names, {.skills = (filters & 1) != 0,
                                            .all_skills = (filters & 2) != 0,
                                            .min_experience = (filters & 4) != 0,
                                            .max_experience = (filters & 8) != 0,
                                            .min_rating = (filters & 16) != 0,
                                            .include_unlocated = (filters & 32) != 0,
                                            .box = (filters & 64) != 0}));
  return statements;
}

// With "hostile" before pg_catalog on the search_path a bare operator or type may be anybody's.
TEST(FacetsSql, OperatorsTypesAndFunctionsAreQualified) {
  const std::regex bare_operator(R"( (=|<|>|<=|>=|<>|&&|@>|\|\||/|\+|<->) )");
  const std::regex bare_cast(R"(::(?!pg_catalog\.|gis\.))");
  const std::regex bare_collation(R"(COLLATE (?!pg_catalog\.))");
  const std::regex bare_function(R"((^|[^.\w])(st_\w+|count|min|unnest|generate_series)\()",
                                 std::regex::icase);
  for (const std::string& sql : all_statements())
    for (const std::regex& bare : {bare_operator, bare_cast, bare_collation, bare_function})
      EXPECT_FALSE(std::regex_search(sql, bare)) << sql;
}

TEST(FacetsSql, ReadsTailorsAlone) {
  for (const std::string& sql : all_statements()) {
    EXPECT_THAT(sql, HasSubstr("FROM app.\"Tailor\" t"));
    EXPECT_THAT(sql, Not(HasSubstr("app.\"User\"")));
    EXPECT_THAT(sql, Not(HasSubstr("app.\"SampleWork\"")));
  }
}

TEST(FacetsSql, ASkillFilterIsAColumnThatTheOtherFacetsRequire) {
  const std::string sql = facets_sql(names, {.skills = true});
  EXPECT_THAT(sql, HasSubstr("t.\"skills\" OPERATOR(pg_catalog.&&) $6 AS by_skills, true AS by_experience"));
  EXPECT_THAT(sql, HasSubstr("WHERE a.by_experience AND a.by_rating GROUP BY s.skill"));
}

TEST(SearchShape, FacetsHaveOneStatementWhateverTheOrder) {
  const SearchShape shape{.skills = true, .after = true, .sort_by = SortBy::rating};
  EXPECT_EQ(shape.unordered().index(), SearchShape{.skills = true}.index());
}

}  // namespace
}  // namespace tailor
