#include "http/query_string.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "http/problem.hpp"

using tailor::http::is_utf8;
using tailor::http::next_parameter;
using tailor::http::Problem;
using tailor::http::QueryParameter;
using QueryString = std::vector<QueryParameter>;

namespace {

QueryString parse_query_string(std::string_view query) {
  QueryString parameters;
  while (auto parameter = next_parameter(query)) parameters.push_back(*std::move(parameter));
  return parameters;
}

}  // namespace

TEST(QueryString, KeepsOrderAndRepetition) {
  EXPECT_EQ(parse_query_string("a=1&b=2&a=1"), (QueryString{{"a", "1"}, {"b", "2"}, {"a", "1"}}));
  EXPECT_EQ(parse_query_string(""), QueryString{});
  EXPECT_EQ(parse_query_string("&a&b=&"), (QueryString{{"a", ""}, {"b", ""}}));
  EXPECT_EQ(parse_query_string("a=b=c"), (QueryString{{"a", "b=c"}}));
}

TEST(QueryString, Decodes) {
  EXPECT_EQ(parse_query_string("skill=two+words%2b%E2%9c%82"), (QueryString{{"skill", "two words+✂"}}));
}

TEST(QueryString, RefusesWhatIsNoText) {
  for (const char* bad : {"a=%", "a=%4", "a=%4g", "a=%00", "a=%ff", "a=%C3", "%zz=1", "a=%ED%A0%80"}) {
    EXPECT_THROW(parse_query_string(bad), Problem) << bad;
  }
}

TEST(QueryString, KnowsUtf8) {
  for (const char* good : {"", "a", "é", "✂", "😀", "\xF4\x8F\xBF\xBF"}) EXPECT_TRUE(is_utf8(good)) << good;
  for (const char* bad : {"\x80", "\xC0\xAF", "\xC1\x81", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF0\x80\x80\xAF",
                          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x9C", "a\xFF"}) {
    EXPECT_FALSE(is_utf8(bad));
  }
}
