#include "api/cache_key.hpp"

#include <gtest/gtest.h>

#include <set>

#include "api/search_request.hpp"

namespace {

using tailor::api::search_key;
using tailor::api::tailor_key;

std::string key(const std::string& query) {
  return search_key(tailor::api::parse_search(query));
}

}  // namespace

TEST(Key, IsOneForOneSearch) {
  const std::string expected = key("lat=12.9716&lng=77.5946&skill=a&skill=b");
  for (const char* same : {
           "lng=77.5946&skill=a&lat=12.9716&skill=b",
           "lat=12.97160&lng=077.59460&skill=a&skill=b",
           "lat=1.29716e1&lng=77.5946&skill=a&skill=b",
           "lat=12.9716&lng=77.5946&skill=b&skill=a",
           "lat=12.9716&lng=77.5946&skill=b&skill=a&skill=b",
           "lat=12.9716&lng=77.5946&skill=a&skill=%62",
           "lat=12.9716&lng=77.5946&skill=a&skill=b&maxDistance=10.0&sortBy=distance",
           "lat=12.9716&lng=77.5946&skill=a&skill=b&skillMatch=any&facets=false",
           "lat=12.9716&lng=77.5946&skill=a&skill=b&page=1&limit=12&includeUnlocated=false",
       }) {
    EXPECT_EQ(key(same), expected) << same;
  }
  EXPECT_EQ(key("location=A&skillMatch=all"), key("location=A"));
  EXPECT_EQ(key("location=A&skill=a&skill=a&skillMatch=all"), key("location=A&skill=a"));
  EXPECT_EQ(key("lat=-0&lng=0.0"), key("lat=0&lng=-0.0"));
}

TEST(Key, IsAnotherForAnotherSearch) {
  std::set<std::string> keys{tailor_key("x")};
  const std::vector<std::string> different{
      "lat=12.9716&lng=77.5946",
      "lat=77.5946&lng=12.9716",
      "lat=12.97161&lng=77.5946",
      "lat=12.971600000000002&lng=77.5946",
      "location=MG_ROAD",
      "location=MG_ROAD-",
      "location=MG_ROAD&maxDistance=1",
      "location=MG_ROAD&maxDistance=11",
      "location=MG_ROAD&minExperience=1",
      "location=MG_ROAD&maxExperience=1",
      "location=MG_ROAD&minExperience=0",
      "location=MG_ROAD&minRating=1",
      "location=MG_ROAD&minRating=0",
      "location=MG_ROAD&page=2",
      "location=MG_ROAD&limit=2",
      "location=MG_ROAD&page=12&limit=1",
      "location=MG_ROAD&sortBy=rating",
      "location=MG_ROAD&includeUnlocated=true",
      "location=MG_ROAD&skill=a",
      "location=MG_ROAD&skill=A",
      "location=MG_ROAD&skill=a&skill=b",
      "location=MG_ROAD&skill=a&skill=b&skillMatch=all",
      "location=MG_ROAD&skillMatch=All",
      "location=MG_ROAD&facets=true",
      "location=MG_ROAD&zoom=9",
      "location=MG_ROAD&zoom=0",
      "location=MG_ROAD&skill=a,b",
      "location=MG_ROAD&skill=a%22,%22b",
      "location=MG_ROAD&skill=a%5C&skill=b",
      // Values that hold what separates values.
      "location=7:MG_ROAD-",
      "location=MG_ROAD---2:10",
      "location=-",
  };
  for (const std::string& query : different) EXPECT_TRUE(keys.insert(key(query)).second) << query;
}

// Every pair of values that differ gives keys that differ, whatever is in them.
TEST(Key, IsUnambiguous) {
  const std::vector<std::optional<std::string>> texts{
      std::nullopt, "", "-", "1:-", "0:", "1:", "--", "3:0:-", "-0:"};
  std::set<std::string> keys;
  for (const auto& first : texts) {
    for (const auto& second : texts) {
      for (const auto& third : texts) {
        tailor::SearchValues values;
        values[0] = first;
        values[1] = second;
        values[2] = third;
        EXPECT_TRUE(keys.insert(search_key(values)).second);
      }
    }
  }
  for (const char* id : {"", "-", "a", "1:a"}) EXPECT_TRUE(keys.insert(tailor_key(id)).second);
}
