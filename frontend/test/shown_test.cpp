#include "cache/shown.hpp"

#include <gtest/gtest.h>

namespace {

using tailor::cache::shown_ids;
using Ids = std::vector<std::string>;

TEST(Shown, TailorsAndTheirUsers) {
  EXPECT_EQ(
      shown_ids(
          R"({"data":[{"id":"t1","userId":"u1","location":null,"user":{"id":"u1","name":"x"},)"
          R"("sampleWorks":[{"id":"w1","imageUrl":"y"}]},{"id":"t2","userId":"u2","sampleWorks":[]}],"pagination":{}})"),
      (Ids{"t1", "u1", "t2", "u2"}));
  EXPECT_EQ(shown_ids(R"({"data":{"id":"t1","userId":"u1","location":"","sampleWorks":[]}})"),
            (Ids{"t1", "u1"}));
  EXPECT_EQ(shown_ids(R"({"data":[{"id":"t1","userId":null,"sampleWorks":[]}]})"), (Ids{"t1"}));
  EXPECT_EQ(shown_ids(R"({"data":[],"pagination":{}})"), Ids{});
}

TEST(Shown, NotWhatOnlyLooksLikeThem) {
  EXPECT_EQ(
      shown_ids(
          R"({"data":[{"id":"t1","userId":"u1","location":"{\"id\":\"t9\",\"userId\":\"u9\",\"sampleWorks\":[]}",)"
          R"("sampleWorks":[]}]})"),
      (Ids{"t1", "u1"}));
}

TEST(Shown, NothingWhenTheShapeIsAnother) {
  for (
      const char* json : {
          R"({"data":[{"userId":"u1","id":"t1","sampleWorks":[]}],"pagination":{}})",
          R"({"data":[{"id":"t1","name":"x","userId":"u1","sampleWorks":[]}],"pagination":{}})",
          R"({"data":[{"id":"t1","userId":"u1","sampleWorks":[]},{"userId":"u2","id":"t2","sampleWorks":[]}]})",
          R"({"data":[{"id": "t1","userId":"u1","sampleWorks":[]}]})",
          R"({"data":[{"id":7,"userId":"u1","sampleWorks":[]}]})",
          R"({"data":[{"id":"t1","userId":7,"sampleWorks":[]}]})",
          R"({"data":[{"id":"t1","userId":"u1","works":[]}]})",
          R"({"data":[{"id":"t1","userId":"u1","sampleWorks":[{"id":"w1","userId":"u3"}]}]})",
          R"({"data":{"userId":"u1","id":"t1","sampleWorks":[]}})",
          R"({"data":null})",
          R"({})",
          "",
      })
    EXPECT_FALSE(shown_ids(json)) << json;
}

TEST(Shown, NothingWhenAnIdIsEscapedOrTheTextCutShort) {
  EXPECT_FALSE(shown_ids(R"({"data":[{"id":"t\"1","userId":"u1"}]})"));
  EXPECT_FALSE(shown_ids(R"({"data":[{"id":"t1","userId":"u\\1"}]})"));
  EXPECT_FALSE(shown_ids(R"({"data":[{"id":"t1)"));
  EXPECT_FALSE(shown_ids(R"({"data":[{"id":"t1","userId":"u)"));
}

}  // namespace
