#include "redis/breaker.hpp"

#include <gtest/gtest.h>

using namespace std::chrono_literals;
using tailor::Clock;
using tailor::Seconds;
using tailor::redis::Breaker;

namespace {

const Clock::time_point kNow{};

void fail(Breaker& breaker, int times) {
  for (int i = 0; i < times; ++i) breaker.failed(kNow);
}

}  // namespace

TEST(Breaker, OpensAtThreeFailuresInARow) {
  Breaker breaker;
  fail(breaker, 2);
  breaker.succeeded();
  fail(breaker, 2);
  EXPECT_FALSE(breaker.open());
  fail(breaker, 1);
  EXPECT_TRUE(breaker.open());
}

TEST(Breaker, TriesAgainAtOnceWhileItIsNotOpen) {
  Breaker breaker;
  fail(breaker, 2);
  EXPECT_LE(breaker.next_trial(), kNow);
}

TEST(Breaker, WaitsLongerAndLongerUpToFifteenSeconds) {
  Breaker breaker;
  fail(breaker, Breaker::kFailures);
  for (const double longest : {1, 2, 4, 8, 15, 15, 15}) {
    const Seconds pause = breaker.next_trial() - kNow;
    EXPECT_GE(pause, Seconds{longest / 2});
    EXPECT_LE(pause, Seconds{longest});
    breaker.trial_failed(kNow);
  }
}

TEST(Breaker, OneFailureAfterATrialOpensItForLonger) {
  Breaker breaker;
  fail(breaker, Breaker::kFailures);
  breaker.trial_succeeded();
  EXPECT_FALSE(breaker.open());
  fail(breaker, 1);
  EXPECT_TRUE(breaker.open());
  EXPECT_GE(breaker.next_trial() - kNow, 1s);
}

TEST(Breaker, ForgetsAllWhenItSucceeds) {
  Breaker breaker;
  fail(breaker, Breaker::kFailures);
  for (int i = 0; i < 5; ++i) breaker.trial_failed(kNow);
  breaker.trial_succeeded();
  breaker.succeeded();
  fail(breaker, Breaker::kFailures - 1);
  EXPECT_FALSE(breaker.open());
  fail(breaker, 1);
  EXPECT_LE(breaker.next_trial() - kNow, 1s);
}

TEST(Breaker, IsNotClosedByATrialThatItDidNotNeed) {
  Breaker breaker;
  breaker.trial_succeeded();
  fail(breaker, Breaker::kFailures - 1);
  EXPECT_FALSE(breaker.open());
}

TEST(Breaker, IsNotOpenForLongerByWhatWasUnderWay) {
  Breaker breaker;
  fail(breaker, Breaker::kFailures + 20);
  EXPECT_LE(breaker.next_trial() - kNow, 1s);
}

TEST(Breaker, OpensByTrialsAsWell) {
  Breaker breaker;
  for (int i = 0; i < Breaker::kFailures; ++i) breaker.trial_failed(kNow);
  EXPECT_TRUE(breaker.open());
  EXPECT_LE(breaker.next_trial() - kNow, 1s);
}
