#include "cache/snapshot.hpp"

#include <gtest/gtest.h>

namespace {

using tailor::cache::parse_snapshot;
using tailor::cache::Snapshot;

TEST(Snapshot, IsReadAsPostgresWritesIt) {
  const auto snapshot = parse_snapshot("795:799:795,797");
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->xmin, 795U);
  EXPECT_EQ(snapshot->xmax, 799U);
  EXPECT_EQ(snapshot->running, (std::vector<tailor::cache::Transaction>{795, 797}));
  EXPECT_TRUE(parse_snapshot("3:3:")->running.empty());
  EXPECT_EQ(parse_snapshot("1:18446744073709551615:")->xmax, UINT64_MAX);
}

TEST(Snapshot, NothingElseIsRead) {
  for (const char* text : {"", ":", "::", "1", "1:2", "1:2:x", "1:2:1 ", "2:1:", "-1:2:", "1:2:3:4",
                           "1:2:1;2", "1::2", " 1:2:", "1:18446744073709551616:", "1:2:,1"})
    EXPECT_FALSE(parse_snapshot(text)) << text;
}

TEST(Snapshot, SeesWhatWasOver) {
  const Snapshot snapshot{5, 9, {5, 7}};
  for (const auto transaction : {1U, 4U, 6U, 8U}) EXPECT_TRUE(snapshot.sees(transaction)) << transaction;
  for (const auto transaction : {5U, 7U, 9U, 10U}) EXPECT_FALSE(snapshot.sees(transaction)) << transaction;
}

TEST(Snapshot, IncludesAnotherThatSeesNoMore) {
  const Snapshot snapshot{5, 9, {5, 7}};
  EXPECT_TRUE(snapshot.includes(snapshot));
  EXPECT_TRUE((Snapshot{9, 9, {}}).includes(snapshot));
  EXPECT_TRUE((Snapshot{5, 20, {5, 15}}).includes(snapshot));
  EXPECT_FALSE((Snapshot{5, 9, {5, 6, 7}}).includes(snapshot));
  EXPECT_FALSE((Snapshot{5, 8, {5, 7}}).includes(snapshot));
}

TEST(Lsn, IsReadAsPostgresWritesIt) {
  EXPECT_EQ(tailor::parse_lsn("16/B374D848"), 0x16B374D848U);
  EXPECT_EQ(tailor::parse_lsn("0/0"), 0U);
  for (const char* text :
       {"", "/", "1/", "/1", "1", "1/2/3", " 1/2", "1/2 ", "-1/2", "1/-2", "100000000/0", "g/0"})
    EXPECT_FALSE(tailor::parse_lsn(text)) << text;
}

}  // namespace
