#include "base/backoff.hpp"

#include <gtest/gtest.h>

#include <set>

namespace tailor {
namespace {

TEST(Backoff, GrowsUpToHalfASecond) {
  for (int i = 0; i < 1000; ++i) {
    EXPECT_GE(backoff(1), Seconds{0.025});
    EXPECT_LE(backoff(1), Seconds{0.05});
    EXPECT_GE(backoff(3), Seconds{0.1});
    EXPECT_LE(backoff(3), Seconds{0.2});
    for (const unsigned failures : {5U, 30U, 4'000'000'000U}) {
      EXPECT_GE(backoff(failures), Seconds{0.25});
      EXPECT_LE(backoff(failures), Seconds{0.5});
    }
  }
}

TEST(Backoff, IsNeverTheSame) {
  std::set<Seconds> seen;
  for (int i = 0; i < 100; ++i) seen.insert(backoff(10));
  EXPECT_GT(seen.size(), 50U);
}

}  // namespace
}  // namespace tailor
