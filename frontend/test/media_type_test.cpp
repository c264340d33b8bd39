#include "http/media_type.hpp"

#include <gtest/gtest.h>

namespace {

bool prefers_geojson(std::string_view accept) {
  return tailor::http::prefers(accept, "application/geo+json", "application/json");
}

}  // namespace

TEST(MediaType, GeoJsonIsAskedForByName) {
  for (const char* accept :
       {"application/geo+json", "Application/GEO+json; charset=utf-8", "application/geo+json, */*",
        "application/geo+json, */*;q=0.8", "application/geo+json;q=0.9, application/json;q=0.5",
        "text/html, application/geo+json;q=0.001", "application/*;q=0.5, application/geo+json",
        "application/json;q=0, application/*"}) {
    EXPECT_TRUE(prefers_geojson(accept)) << accept;
  }
}

TEST(MediaType, JsonIsTheRule) {
  for (const char* accept :
       {"", "*/*", "application/*", "application/json", "text/html, */*;q=0.1", "application/geo+json;q=0",
        "application/json, application/geo+json", "application/geo+json;q=0.5, */*",
        "application/geo+json;q=0.4, application/json;q=0.5", "application/geo+json;q=x", "geo+json",
        ",;,q=1"}) {
    EXPECT_FALSE(prefers_geojson(accept)) << accept;
  }
}
