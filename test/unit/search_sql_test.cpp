// The statements of the SQL engine, one for each shape of search.
#include "core/search_sql.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "sql_names.hpp"

namespace tailor {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<SearchShape> all_shapes() {
  std::vector<SearchShape> shapes;
  for (int filters = 0; filters < 256; ++filters)
    for (const SortBy sort_by : {SortBy::distance, SortBy::experience, SortBy::rating})
      shapes.push_back({.skills = (filters & 1) != 0,
                        .all_skills = (filters & 128) != 0,
                        .min_experience = (filters & 2) != 0,
                        .max_experience = (filters & 4) != 0,
                        .min_rating = (filters & 8) != 0,
                        .include_unlocated = (filters & 16) != 0,
                        .box = (filters & 32) != 0,
                        .after = (filters & 64) != 0,
                        .sort_by = sort_by});
  return shapes;
}

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size()))
    ++count;
  return count;
}

std::string marker(SearchParameter parameter) {
  return "$" + std::to_string(static_cast<int>(parameter) + 1);
}

TEST(SearchShape, IndexesAreDistinctAndBelowCount) {
  std::set<int> indexes;
  for (const SearchShape& shape : all_shapes()) {
    EXPECT_GE(shape.index(), 0);
    EXPECT_LT(shape.index(), SearchShape::count);
    indexes.insert(shape.index());
  }
  EXPECT_EQ(indexes.size(), static_cast<std::size_t>(SearchShape::count));
}

TEST(SearchSql, EveryShapeHasAStatementOfItsOwn) {
  std::set<std::string> statements;
  for (const SearchShape& shape : all_shapes()) statements.insert(search_sql(names, shape));
  constexpr int alike = SearchShape::count / 4;  // all or any of no skills
  EXPECT_EQ(statements.size(), static_cast<std::size_t>(SearchShape::count - alike));
}

TEST(SearchSql, AFilterThatIsAbsentLeavesNoTrace) {
  struct Filter {
    bool SearchShape::*present;
    SearchParameter parameter;
    std::string predicate;
  };
  const Filter filters[] = {
      {&SearchShape::skills, kSkills, "t.\"skills\" OPERATOR(pg_catalog.&&) $6"},
      {&SearchShape::min_experience, kMinExperience, "t.\"yearsExperience\" OPERATOR(pg_catalog.>=) $7"},
      {&SearchShape::max_experience, kMaxExperience, "t.\"yearsExperience\" OPERATOR(pg_catalog.<=) $8"},
      {&SearchShape::min_rating, kMinRating, "t.\"rating\" OPERATOR(pg_catalog.>=) $9"},
  };
  for (const SearchShape& shape : all_shapes()) {
    const std::string sql = search_sql(names, shape);
    const std::size_t sources = shape.include_unlocated ? 2 : 1;  // the located, and the unlocated alike
    for (const Filter& filter : filters) {
      const std::size_t expected = shape.*filter.present ? sources : 0;
      const std::string predicate =
          std::regex_replace(filter.predicate, std::regex("&&"), shape.all_skills ? "@>" : "&&");
      EXPECT_EQ(occurrences(sql, predicate), expected) << filter.predicate << "\n" << sql;
      EXPECT_EQ(occurrences(sql, marker(filter.parameter)), expected) << sql;
    }
    EXPECT_EQ(occurrences(sql, "UNION ALL"), sources - 1) << sql;
  }
}

TEST(SearchSql, UsesEveryOtherParameter) {
  for (const SearchShape& shape : all_shapes())
    for (const SearchParameter parameter : {kCenter, kMetres, kLimit, kOffset, kSampleWorks})
      EXPECT_THAT(search_sql(names, shape), HasSubstr(marker(parameter)));
}

// With "hostile" before pg_catalog on the search_path a bare operator or type may be anybody's.
TEST(SearchSql, OperatorsAndTypesAreQualified) {
  const std::regex bare_operator(R"( (=|<|>|<=|>=|<>|&&|@>|\|\||/|\+|<->) )");
  const std::regex bare_cast(R"(::(?!pg_catalog\.|gis\.))");
  const std::regex bare_function(R"((^|[^.\w])(st_\w+|count|row_number|coalesce)\()", std::regex::icase);
  std::vector<std::string> statements{by_id_sql(names)};
  for (const SearchShape& shape : all_shapes()) statements.push_back(search_sql(names, shape));
  for (const std::string& sql : statements) {
    EXPECT_FALSE(std::regex_search(sql, bare_operator)) << sql;
    EXPECT_FALSE(std::regex_search(sql, bare_cast)) << sql;
    EXPECT_FALSE(std::regex_search(sql, bare_function)) << sql;
  }
}

TEST(SearchSql, NamesStandAsTheyAreGiven) {
  const SqlNames odd{
      .tailor = "\"a \"\"b\".\"T%s$1\"", .user = "u.u", .sample_work = "w.w", .postgis_schema = "\"G I S\""};
  const std::string sql = search_sql(odd, {.include_unlocated = true});
  EXPECT_EQ(occurrences(sql, odd.tailor + " t"), 2U);
  EXPECT_THAT(sql, HasSubstr("FROM u.u u"));
  EXPECT_THAT(sql, HasSubstr("FROM w.w w"));
  EXPECT_THAT(sql, HasSubstr("\"G I S\".ST_DWithin("));
}

TEST(SearchSql, NeverReadsThePassword) {
  for (const SearchShape& shape : all_shapes())
    EXPECT_THAT(search_sql(names, shape), Not(HasSubstr("password")));
  EXPECT_THAT(by_id_sql(names), Not(HasSubstr("password")));
}

TEST(SearchSql, APageNeedsNoCreatedAtOfUsersButASingleTailorDoes) {
  EXPECT_THAT(search_sql(names, {}),
              HasSubstr("NULL::pg_catalog.timestamp AS \"createdAt\" FROM app.\"User\""));
  EXPECT_THAT(by_id_sql(names), HasSubstr("u.\"createdAt\" FROM app.\"User\""));
}

TEST(SearchSql, OrdersEndWithTheIdSoThatPagesNeitherRepeatNorSkip) {
  const std::pair<SortBy, std::string> orders[] = {
      {SortBy::distance, "ORDER BY m.distance, m.\"id\""},
      {SortBy::experience, "ORDER BY m.\"yearsExperience\" DESC NULLS LAST, m.distance, m.\"id\""},
      {SortBy::rating, "ORDER BY m.\"rating\" DESC NULLS LAST, m.distance, m.\"id\""}};
  for (const auto& [sort_by, order] : orders)
    EXPECT_EQ(occurrences(search_sql(names, {.sort_by = sort_by}), order), 2U)
        << "for the page, and for its rows' numbers";
}

// As many columns as the reader counts: total, remaining, ordinal, the tailor's, distance, the user's, the
// work's.
TEST(SearchSql, TheResultHasTheColumnsOfTheLayout) {
  EXPECT_EQ(RowLayout::count, 3 + static_cast<int>(tailor_columns.size()) + 1 +
                                  static_cast<int>(user_columns.size()) +
                                  static_cast<int>(sample_work_columns.size()) + 1);
  std::vector<std::string> statements{by_id_sql(names)};
  for (const SearchShape& shape : all_shapes()) statements.push_back(search_sql(names, shape));
  for (const std::string& sql : statements) {
    const std::size_t first = sql.rfind("SELECT", sql.find("p.ordinal, p.\"id\""));
    const std::string list = sql.substr(first, sql.find("\nFROM", first) - first);
    EXPECT_EQ(std::count(list.begin(), list.end(), ',') + 1, RowLayout::count) << list;
  }
}

}  // namespace
}  // namespace tailor
