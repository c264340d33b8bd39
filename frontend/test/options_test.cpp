#include "postgres/options.hpp"

#include <gtest/gtest.h>

#include "postgres/error.hpp"

namespace tailor::postgres {
namespace {

std::string read(const char* options) {
  std::string text;
  for (const auto& [name, value] : settings_in_options(options))
    text.append(name).append("=").append(value).append(";");
  return text;
}

TEST(Options, SettingsInTheServersForms) {
  EXPECT_EQ(read(""), "");
  EXPECT_EQ(read("-c search_path=a,b --statement-timeout=9s  -cDateStyle=ISO"),
            "search_path=a,b;statement_timeout=9s;DateStyle=ISO;");
  EXPECT_EQ(read(R"(-c search_path="my\ shop",\\x)"), R"(search_path="my shop",\x;)");
  EXPECT_EQ(read("\t-c\nwork_mem=1MB "), "work_mem=1MB;");
}

TEST(Options, WordsForAProxyAreNotTheServers) {
  EXPECT_EQ(read("endpoint=ep-cool-1 -c a.b=c"), "a.b=c;");
}

TEST(Options, SwitchesThatCannotBeChecked) {
  EXPECT_THROW(read("-B 100"), Error);
  EXPECT_THROW(read("-S"), Error);
}

}  // namespace
}  // namespace tailor::postgres
