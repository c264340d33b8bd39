// The window of a page: with distances known within bounds, everything outside it must be settled.
#include "core/ranking.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace tailor {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Candidate at(double metres, std::int64_t rank = 0) {
  return {rank, metres * metres, 0};
}

TEST(Ranking, RankDescendsWithNullLast) {
  const std::vector<double> falling{kNaN, kInfinity, 1e300, 5,      4.9,       1e-310,
                                    0,    -1e-310,   -1,    -1e300, -kInfinity};
  for (std::size_t i = 1; i < falling.size(); ++i) {
    EXPECT_LT(descending_rank(falling[i - 1]), descending_rank(falling[i])) << falling[i];
  }
  EXPECT_EQ(descending_rank(0.0), descending_rank(-0.0));
  EXPECT_EQ(descending_rank(kNaN), descending_rank(-kNaN));
  EXPECT_LT(descending_rank(-kInfinity), null_rank);
}

TEST(Ranking, CertaintyNeedsMoreThanTheError) {
  EXPECT_TRUE(certainly_before(at(100), at(101)));
  EXPECT_FALSE(certainly_before(at(100), at(100.015)));
  EXPECT_FALSE(certainly_before(at(100), at(100)));
  EXPECT_TRUE(certainly_before(at(101, 1), at(100, 2)));
  EXPECT_TRUE(certainly_before(at(100), at(kInfinity)));
  EXPECT_FALSE(certainly_before(at(kInfinity), at(kInfinity)));
}

TEST(Ranking, WindowIsThePageAndItsNearTies) {
  std::vector<Candidate> candidates{at(50), at(10), at(30.005), at(20), at(30), at(40)};
  const Window window = page_window(candidates.data(), candidates.size(), 2, 1);
  EXPECT_EQ(window.first, 2U);
  EXPECT_EQ(window.last, 4U);  // 30 and 30.005 could trade places
}

TEST(Ranking, BeyondTheEndIsEmpty) {
  std::vector<Candidate> candidates{at(1), at(2)};
  const Window window = page_window(candidates.data(), candidates.size(), 5, 10);
  EXPECT_EQ(window.first, 5U);
  EXPECT_EQ(window.last, 5U);
  EXPECT_EQ(page_window(nullptr, 0, 0, 10).last, 0U);
}

TEST(Ranking, NothingOutsideTheWindowCouldStandInside) {
  std::mt19937 random{7};
  for (int round = 0; round < 3000; ++round) {
    // Few ranks, distances crowded within centimetres, some without a point.
    std::vector<Candidate> candidates(1 + random() % 60);
    for (Candidate& c : candidates) {
      c = at(random() % 9 == 0 ? kInfinity : 1000 + static_cast<double>(random() % 100) / 100, random() % 3);
    }
    const std::size_t offset = random() % 30;
    const std::size_t size = 1 + random() % 12;
    const Window window = page_window(candidates.data(), candidates.size(), offset, size);
    if (offset >= candidates.size()) continue;
    ASSERT_LE(window.first, offset);
    ASSERT_GE(window.last, std::min(offset + size, candidates.size()));
    for (std::size_t i = 0; i < window.first; ++i)
      for (std::size_t j = window.first; j < window.last; ++j)
        ASSERT_TRUE(certainly_before(candidates[i], candidates[j]));
    for (std::size_t i = window.first; i < window.last; ++i)
      for (std::size_t j = window.last; j < candidates.size(); ++j)
        ASSERT_TRUE(certainly_before(candidates[i], candidates[j]));
  }
}

// As the scan does: a threshold, and a clearance whenever some more have come.
TEST(Ranking, WhoIsDroppedIsBehindAFullHead) {
  std::mt19937 random{11};
  for (int round = 0; round < 2000; ++round) {
    const std::size_t head = 1 + random() % 20;
    std::vector<Candidate> kept;
    std::vector<Candidate> dropped;
    Threshold threshold;
    for (int i = 0; i < 200; ++i) {
      const double metres = random() % 9 == 0 ? kInfinity : 1000 + static_cast<double>(random() % 300) / 100;
      const Candidate c = at(metres, random() % 3);
      (threshold.may_pass(c.rank, c.squared_chord) ? kept : dropped).push_back(c);
      if (kept.size() <= head || random() % 8 != 0) continue;
      const std::size_t count = prune(kept.data(), kept.size(), head, threshold);
      ASSERT_GE(count, head);
      dropped.insert(dropped.end(), kept.begin() + static_cast<std::ptrdiff_t>(count), kept.end());
      kept.resize(count);
    }
    ASSERT_EQ(kept.size() + dropped.size(), 200U);
    for (const Candidate& c : dropped) {
      const auto before = [&c](const Candidate& other) { return certainly_before(other, c); };
      ASSERT_GE(std::ranges::count_if(kept, before), static_cast<std::ptrdiff_t>(head));
    }
  }
}

TEST(Ranking, ThresholdLetsNearTiesPass) {
  const Threshold open;
  EXPECT_TRUE(open.may_pass(null_rank, kInfinity));
  const Threshold threshold(at(100, 1));
  EXPECT_TRUE(threshold.may_pass(0, kInfinity));
  EXPECT_TRUE(threshold.may_pass(1, 100.01 * 100.01));
  EXPECT_FALSE(threshold.may_pass(1, 101 * 101));
  EXPECT_FALSE(threshold.may_pass(1, kInfinity));
  EXPECT_FALSE(threshold.may_pass(2, 0));
  EXPECT_TRUE(Threshold(at(kInfinity, 1)).may_pass(1, kInfinity));
}

}  // namespace
}  // namespace tailor
