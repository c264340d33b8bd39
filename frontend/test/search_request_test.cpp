#include "api/search_request.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "http/problem.hpp"

namespace {

using tailor::kSearchParameters;
using tailor::SearchValues;
using tailor::api::parse_search;
using tailor::api::snapped_to;
using tailor::http::Problem;

std::string value(const SearchValues& values, std::string_view name) {
  const auto* const found = std::ranges::find(kSearchParameters, name, &tailor::Parameter::http);
  return values.at(static_cast<std::size_t>(found - kSearchParameters.begin())).value_or("NULL");
}

// The parameter that the problem names, and its code.
std::string refusal(std::string_view query) {
  try {
    parse_search(query);
  } catch (const Problem& problem) {
    EXPECT_EQ(problem.status(), 400);
    return problem.code() + " " + problem.parameter();
  }
  return "accepted";
}

}  // namespace

TEST(SearchRequest, FillsInDefaults) {
  const SearchValues values = parse_search("location=MG_ROAD");
  EXPECT_EQ(value(values, "location"), "MG_ROAD");
  EXPECT_EQ(value(values, "maxDistance"), "10");
  EXPECT_EQ(value(values, "limit"), "12");
  EXPECT_EQ(value(values, "page"), "1");
  EXPECT_EQ(value(values, "sortBy"), "distance");
  EXPECT_EQ(value(values, "includeUnlocated"), "false");
  EXPECT_EQ(value(values, "skill"), "NULL");
  EXPECT_EQ(value(values, "minRating"), "NULL");
}

TEST(SearchRequest, ReadsEveryKind) {
  const SearchValues values =
      parse_search("lat=-12.50&lng=1e1&skill=a&skill=b,c&minExperience=-3&sortBy=x&includeUnlocated=true");
  EXPECT_EQ(value(values, "lat"), "-12.5");
  EXPECT_EQ(value(values, "lng"), "10");
  EXPECT_EQ(value(values, "skill"), R"({"a","b,c"})");
  EXPECT_EQ(value(values, "minExperience"), "-3");
  EXPECT_EQ(value(values, "sortBy"), "x");
  EXPECT_EQ(value(values, "includeUnlocated"), "true");
}

TEST(SearchRequest, ReadsABox) {
  const SearchValues values = parse_search("bbox=77.50,-12,178e0,13");
  EXPECT_EQ(values[tailor::kBoxWest], "77.5");
  EXPECT_EQ(values[tailor::kBoxWest + 1], "-12");
  EXPECT_EQ(values[tailor::kBoxWest + 2], "178");
  EXPECT_EQ(values[tailor::kBoxWest + 3], "13");
  EXPECT_EQ(value(values, "maxDistance"), "NULL");
  EXPECT_EQ(value(values, "lat"), "NULL");
  EXPECT_EQ(value(parse_search("bbox=1,2,3,4&lat=5&lng=6"), "lat"), "5");
  EXPECT_EQ(value(parse_search("bbox=1,2,3,4&location=A"), "location"), "A");
  for (const char* text :
       {"1,2,3", "1,2,3,4,5", "1,2,3,", ",1,2,3", "1,2,x,4", "1 2 3 4", "1,2,3,1e999", ","}) {
    EXPECT_EQ(refusal("bbox=" + std::string(text)), "invalid_parameter bbox") << text;
  }
  EXPECT_EQ(refusal("bbox=1,2,3,4&bbox=1,2,3,4"), "invalid_parameter bbox");
  EXPECT_EQ(refusal("bbox=1,2,3,4&maxDistance=5"), "invalid_parameter maxDistance");
  EXPECT_EQ(refusal("bbox=1,2,3,4&lat=5"), "invalid_parameter lng");
  EXPECT_EQ(refusal("west=1"), "unknown_parameter west");
}

TEST(SearchRequest, TheNearestHaveNoDefaultRadiusOrLimit) {
  const SearchValues values = parse_search("location=A&nearest=5");
  EXPECT_EQ(value(values, "nearest"), "5");
  EXPECT_EQ(value(values, "maxDistance"), "NULL");
  EXPECT_EQ(value(values, "limit"), "NULL");
  EXPECT_EQ(value(parse_search("location=A&nearest=5&maxDistance=3&limit=2"), "limit"), "2");
  EXPECT_EQ(value(parse_search("location=A&after=00ff"), "after"), "00ff");
}

TEST(SearchRequest, LeavesRangesToTheSqlFunction) {
  EXPECT_EQ(value(parse_search("lat=nan&lng=-inf"), "lat"), "NaN");
  EXPECT_EQ(value(parse_search("lat=-nan&lng=-inf"), "lng"), "-inf");
  EXPECT_EQ(value(parse_search("lat=999&lng=0&limit=-5"), "limit"), "-5");
}

TEST(SearchRequest, RefusesWhatIsNoNumber) {
  for (const char* text : {"x", "1x", "+1", "1,5", "0x10", "%201", "1%20", "--1", "1e999"}) {
    EXPECT_EQ(refusal("location=A&maxDistance=" + std::string(text)), "invalid_parameter maxDistance")
        << text;
  }
  for (const char* text : {"1.5", "1e1", "2147483648", "x"}) {
    EXPECT_EQ(refusal("location=A&page=" + std::string(text)), "invalid_parameter page") << text;
  }
  EXPECT_EQ(refusal("location=A&includeUnlocated=TRUE"), "invalid_parameter includeUnlocated");
}

TEST(SearchRequest, RefusesUnknownRepeatedAndEmptyParameters) {
  EXPECT_EQ(refusal("location=A&radius=5"), "unknown_parameter radius");
  for (const auto& parameter : kSearchParameters) {
    const std::string name{parameter.http};
    EXPECT_EQ(refusal(name + "="), "invalid_parameter " + name);
    const std::string good = parameter.kind == tailor::Kind::boolean    ? "true"
                             : parameter.kind == tailor::Kind::box_edge ? "1,2,3,4"
                                                                        : "1";
    std::string twice;
    twice.append(name).append("=").append(good).append("&").append(name).append("=").append(good);
    if (name != "skill") {
      EXPECT_EQ(refusal(twice), "invalid_parameter " + name);
    }
  }
}

TEST(SearchRequest, TakesAHundredSkills) {
  std::string query = "location=A";
  for (int i = 0; i < 100; ++i) query += "&skill=s" + std::to_string(i % 50);
  EXPECT_EQ(refusal(query), "accepted");
  EXPECT_EQ(refusal(query + "&skill=s0"), "invalid_parameter skill");
  EXPECT_EQ(refusal(query + "&skill=s0&skill=%"), "invalid_parameter skill") << "no more of it is read";
}

TEST(SearchRequest, WantsExactlyOnePlace) {
  EXPECT_EQ(refusal(""), "invalid_parameter location");
  EXPECT_EQ(refusal("location=A&lat=1"), "invalid_parameter location");
  EXPECT_EQ(refusal("location=A&lat=1&lng=1"), "invalid_parameter location");
  EXPECT_EQ(refusal("lat=1"), "invalid_parameter lng");
  EXPECT_EQ(refusal("lng=1"), "invalid_parameter lat");
}

TEST(SearchRequest, MovesPositionsToAGrid) {
  const SearchValues one = parse_search("lat=12.9716&lng=77.5946", 1);
  EXPECT_EQ(one, parse_search("lng=77.5949&lat=12.97120", 1));
  EXPECT_NE(one, parse_search("lat=12.9716&lng=77.5946"));
  const std::string centre = "lat=" + value(one, "lat") + "&lng=" + value(one, "lng");
  EXPECT_EQ(one, parse_search(centre, 1));
  EXPECT_EQ(one, parse_search(centre));  // the same spelling, so the same key
  EXPECT_EQ(snapped_to(one, 1), "geo:" + value(one, "lat") + "," + value(one, "lng") + ";u=710");
}

TEST(SearchRequest, LeavesOtherPlacesWhereTheyAre) {
  EXPECT_EQ(parse_search("location=MG_ROAD", 1), parse_search("location=MG_ROAD"));
  EXPECT_EQ(snapped_to(parse_search("location=MG_ROAD", 1), 1), "");
  EXPECT_EQ(snapped_to(parse_search("lat=1&lng=2"), 0), "");
  for (const auto* query : {"lat=91&lng=2", "lat=NaN&lng=2", "lat=1&lng=-inf"}) {
    EXPECT_EQ(parse_search(query, 1), parse_search(query));
  }
}
