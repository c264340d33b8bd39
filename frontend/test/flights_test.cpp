#include "cache/flights.hpp"

#include <gtest/gtest.h>

#include <future>

#include "database/error.hpp"

namespace {

using tailor::after;
using tailor::Seconds;
using tailor::cache::Entry;
using tailor::cache::Flights;
using tailor::cache::Journal;
using tailor::database::Error;
using tailor::database::Failure;

constexpr Seconds kLong{20};

class FlightsTest : public testing::Test {
 protected:
  void crash(tailor::cache::Flight& flight, Failure failure) {
    try {
      throw Error(failure, "for a test");
    } catch (...) {
      flights.crash("a", flight);
    }
  }
  Journal journal;
  Flights flights{journal};
};

}  // namespace

TEST_F(FlightsTest, OneLeadsAndAllGetWhatItGot) {
  const auto leader = flights.board("a");
  EXPECT_TRUE(leader.leads);
  EXPECT_TRUE(flights.board("b").leads);
  const auto follower = flights.board("a");
  EXPECT_FALSE(follower.leads);
  auto waiting = std::async(std::launch::async, [&] { return follower.flight->wait(after(kLong)); });
  const auto entry = std::make_shared<Entry>();
  flights.land("a", *leader.flight, entry);
  EXPECT_EQ(waiting.get(), entry);
  EXPECT_EQ(follower.flight->wait(after(kLong)), entry);
  EXPECT_TRUE(flights.board("a").leads) << "the next one is a flight of its own";
}

TEST_F(FlightsTest, AllGetTheLeadersError) {
  const auto leader = flights.board("a");
  const auto follower = flights.board("a");
  crash(*leader.flight, Failure::pool_timeout);
  EXPECT_THROW(follower.flight->wait(after(kLong)), Error);
  EXPECT_TRUE(flights.board("a").leads);
}

TEST_F(FlightsTest, AnotherOneTakesOverWhenTheLeaderLeft) {
  const auto leader = flights.board("a");
  const auto follower = flights.board("a");
  crash(*leader.flight, Failure::client_left);
  EXPECT_EQ(follower.flight->wait(after(kLong)), nullptr);
  EXPECT_TRUE(flights.board("a").leads);
}

TEST_F(FlightsTest, NobodyWaitsLongerThanHisDeadline) {
  const auto leader = flights.board("a");
  try {
    flights.board("a").flight->wait(after(Seconds{0.01}));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.failure(), Failure::query_timeout);
  }
}

TEST_F(FlightsTest, KnowsWhereItBegan) {
  const auto leader = flights.board("a");
  EXPECT_EQ(leader.flight->began(), journal.now());
  journal.forget_touched({});
  EXPECT_LT(flights.board("a").flight->began(), journal.now());
}
