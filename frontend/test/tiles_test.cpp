#include "api/tiles.hpp"

#include <gtest/gtest.h>

namespace {

using tailor::api::fault_of_tiles;
using tailor::api::Tiles;

TEST(Tiles, ComeFromOneOrigin) {
  const auto origin = [](const char* url) { return Tiles{url, ""}.origin(); };
  EXPECT_EQ(origin("https://tile.example/{z}/{x}/{y}.png"), "https://tile.example");
  EXPECT_EQ(origin("http://127.0.0.1:8081/a/{z}/{x}/{y}.png?key=x;y"), "http://127.0.0.1:8081");
  EXPECT_EQ(origin("http://[::1]:80/{z}/{x}/{y}"), "http://[::1]:80");
}

TEST(Tiles, HaveAUrlThatAPolicyCanName) {
  for (const char* url : {"", "https://tile.example/{z}/{x}/{y}.png", "http://a/{y}{x}{z}{r}"})
    EXPECT_EQ(fault_of_tiles(url), "") << url;
  for (const char* url :
       {"/{z}/{x}/{y}.png", "tile.example/{z}/{x}/{y}.png", "ftp://tile.example/{z}/{x}/{y}.png",
        "https:///{z}/{x}/{y}", "https://:80/{z}/{x}/{y}", "https://{s}.tile.example/{z}/{x}/{y}.png",
        "https://*.example/{z}/{x}/{y}", "https://a;script-src b/{z}/{x}/{y}", "https://a b/{z}/{x}/{y}",
        "https://user@tile.example/{z}/{x}/{y}", "https://Tile.example/{z}/{x}/{y}"})
    EXPECT_NE(fault_of_tiles(url).find("must begin with"), std::string::npos) << url;
  for (const char* url : {"https://tile.example/", "https://tile.example/{z}/{x}.png"})
    EXPECT_NE(fault_of_tiles(url).find("{z}, {x} and {y}"), std::string::npos) << url;
}

}  // namespace
