#include "base/log.hpp"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

namespace tailor {
namespace {

// Values that end a text, a line or a terminal's options where they are not escaped.
const std::vector<std::string> kHostile{"",
                                        " ",
                                        "plain",
                                        "a=b",
                                        "say \"no\"",
                                        "back\\slash",
                                        "\\",
                                        "two\nlines\r\n",
                                        "\" level=error event=\"forged",
                                        "}{\",\"level\":\"error",
                                        std::string{"nul\0inside", 10},
                                        "\x1b[2J\x07\x7f",
                                        "next\xc2\x85line \xe2\x80\xa8",
                                        "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
                                        "%s {} {0} %v"};

struct Log : testing::Test {
  void start(const std::string& format, const std::string& level = "info") {
    log::start(level, format, std::make_shared<spdlog::sinks::ostream_sink_st>(said));
  }

  ~Log() override { log::start("off", "text", std::make_shared<spdlog::sinks::ostream_sink_st>(said)); }

  // The one line that was written since, without its end.
  std::string line() {
    std::string text = said.str();
    said.str({});
    EXPECT_EQ(text.find('\n'), text.size() - 1) << text;
    text.pop_back();
    EXPECT_TRUE(std::ranges::all_of(text, [](char c) { return c >= ' ' && c < '\x7f'; })) << text;
    return text;
  }

  std::ostringstream said;
};

const std::string kTime = R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d)";

TEST_F(Log, WritesKeysAndValues) {
  start("text");
  log::info("request").with("status", 200).with("duration_ms", 1.5).with("path", "/a").with("why", "so so");
  const std::string text = line();
  EXPECT_TRUE(std::regex_match(
      text, std::regex(kTime + R"( info event=request status=200 duration_ms=1\.500 path=/a why="so so")")))
      << text;
}

TEST_F(Log, WritesObjectsWithTypedMembers) {
  start("json");
  log::warning("request")
      .with("status", 200)
      .with("duration_ms", 1.5)
      .with("path", "/a")
      .with("n", 1ULL << 63U);
  const auto object = nlohmann::json::parse(line());
  EXPECT_TRUE(std::regex_match(object.at("time").get<std::string>(), std::regex(kTime)));
  EXPECT_EQ(object.at("level"), "warning");
  EXPECT_EQ(object.at("event"), "request");
  EXPECT_TRUE(object.at("status").is_number_integer());
  EXPECT_EQ(object.at("duration_ms"), 1.5);
  EXPECT_EQ(object.at("path"), "/a");
  EXPECT_EQ(object.at("n"), 1ULL << 63U);
  EXPECT_EQ(object.size(), 7U);
}

TEST_F(Log, AnyTextComesBackFromAnObject) {
  start("json");
  for (const std::string& value : kHostile) {
    log::info("e").with("first", value).with("last", 1);
    const auto object = nlohmann::json::parse(line());
    EXPECT_EQ(object.at("first"), value);
    EXPECT_EQ(object.at("last"), 1);
    EXPECT_EQ(object.size(), 5U);
  }
}

TEST_F(Log, AnyTextComesBackFromALine) {
  start("text");
  const std::regex form(R"re(\S+ info event=e first=([!#-<>-\[\]-~]+|"(?:[^"\\]|\\.)*") last=1)re");
  for (const std::string& value : kHostile) {
    log::info("e").with("first", value).with("last", 1);
    std::smatch match;
    const std::string text = line();
    ASSERT_TRUE(std::regex_match(text, match, form)) << text;
    const std::string first = match[1];
    EXPECT_EQ(first.front() == '"' ? nlohmann::json::parse(first).get<std::string>() : first, value);
  }
}

TEST_F(Log, WhatIsNotUtf8IsReplaced) {
  for (const auto* format : {"text", "json"}) {
    start(format);
    log::info("e").with("value", "a\xff\xc3(\xed\xa0\x80");
    EXPECT_NE(line().find(R"("a\ufffd\ufffd()"), std::string::npos);
  }
}

TEST_F(Log, WhatIsNoNumberIsNull) {
  start("json");
  log::info("e").with("value", std::nan("")).with("more", HUGE_VAL);
  const auto object = nlohmann::json::parse(line());
  EXPECT_TRUE(object.at("value").is_null());
  EXPECT_TRUE(object.at("more").is_null());
}

TEST_F(Log, AHiddenLevelSaysNothing) {
  start("text", "warning");
  log::info("e").with("value", "x");
  EXPECT_EQ(said.str(), "");
  EXPECT_FALSE(log::shows(spdlog::level::info));
  log::set_level("debug");
  log::debug("e");
  EXPECT_NE(line().find(" debug event=e"), std::string::npos);
}

}  // namespace
}  // namespace tailor
