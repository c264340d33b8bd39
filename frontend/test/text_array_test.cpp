#include "postgres/text_array.hpp"

#include <gtest/gtest.h>

using tailor::postgres::text_array;
using tailor::postgres::text_array_elements;

TEST(TextArray, QuotesEveryElement) {
  EXPECT_EQ(text_array({}), "{}");
  EXPECT_EQ(text_array({"shirts"}), R"({"shirts"})");
  EXPECT_EQ(text_array({"a", "b"}), R"({"a","b"})");
}

TEST(TextArray, LeavesNothingSpecial) {
  EXPECT_EQ(text_array({"NULL", "a,b", "{c}", " d "}), R"({"NULL","a,b","{c}"," d "})");
  EXPECT_EQ(text_array({R"(say "hi")", R"(back\slash)"}), R"({"say \"hi\"","back\\slash"})");
  EXPECT_EQ(text_array({"stitching ✂"}), R"({"stitching ✂"})");
}

TEST(TextArray, IsReadAgain) {
  for (const auto& elements : std::vector<std::vector<std::string>>{
           {}, {""}, {"a", "b"}, {"a,\"b\"\\{}", "\\", "\"", "stitching ✂"}})
    EXPECT_EQ(text_array_elements(text_array(elements)), elements);
}
