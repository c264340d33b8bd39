#include "cache/shown.hpp"

#include <gtest/gtest.h>

namespace {

using tailor::cache::shown_ids;
using Ids = std::vector<std::string>;

TEST(Shown, TailorsAndTheirUsers) {
  EXPECT_EQ(
      shown_ids(R"({"data":[{"id":"t1","userId":"u1","location":null,"user":{"id":"u1","name":"x"},)"
                R"("sampleWorks":[{"id":"w1","imageUrl":"y"}]},{"id":"t2","userId":"u2"}],"pagination":{}})"),
      (Ids{"t1", "u1", "t2", "u2"}));
  EXPECT_EQ(shown_ids(R"({"data":{"id":"t1","userId":"u1","location":""}})"), (Ids{"t1", "u1"}));
  EXPECT_EQ(shown_ids(R"({"data":[{"id":"t1","userId":null}]})"), (Ids{"t1"}));
  EXPECT_EQ(shown_ids(R"({"data":[],"pagination":{}})"), Ids{});
}

TEST(Shown, NotWhatOnlyLooksLikeThem) {
  EXPECT_EQ(
      shown_ids(R"({"data":[{"id":"t1","userId":"u1","location":"{\"id\":\"t9\",\"userId\":\"u9\"}"}]})"),
      (Ids{"t1", "u1"}));
}

TEST(Shown, NothingWhenAnIdIsEscapedOrTheTextCutShort) {
  EXPECT_FALSE(shown_ids(R"({"data":[{"id":"t\"1","userId":"u1"}]})"));
  EXPECT_FALSE(shown_ids(R"({"data":[{"id":"t1","userId":"u\\1"}]})"));
  EXPECT_FALSE(shown_ids(R"({"data":[{"id":"t1)"));
  EXPECT_FALSE(shown_ids(R"({"data":[{"id":"t1","userId":"u)"));
}

}  // namespace
