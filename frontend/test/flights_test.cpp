#include "cache/flights.hpp"

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <future>
#include <system_error>

#include "database/error.hpp"
#include "waiting/event_loop.hpp"

namespace {

using tailor::after;
using tailor::Caller;
using tailor::Seconds;
using tailor::cache::Entry;
using tailor::cache::Flights;
using tailor::cache::Journal;
using tailor::database::Error;
using tailor::database::Failure;

constexpr Seconds kLong{20};
constexpr int kNoDescriptor = 1'000'000;  // as high a number is never given

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

// A client that can leave.
class Client {
 public:
  Client() = default;
  ~Client() {
    leave();
    close(ends_[0]);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  void leave() { close(std::exchange(ends_[1], -1)); }

 private:
  static std::array<int, 2> connected() {
    std::array<int, 2> ends{};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
    return ends;
  }
  std::array<int, 2> ends_ = connected();

 public:
  Caller caller{after(kLong), ends_[0]};
};

// Waits as a leader does whose query never ends; true when it gave up.
bool gives_up(Caller& caller, tailor::Seconds within) {
  return tailor::wait_for(-1, 0, {after(within), &caller}) == tailor::Woken::left;
}

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

TEST_F(FlightsTest, WhoCannotWaitHasLeft) {
  const auto leader = flights.board("a");
  const auto follower = flights.board("a");
  EXPECT_TRUE(leader.flight->any());
  std::promise<bool> threw;
  {
    tailor::EventLoop loop("test");
    loop.spawn([&] {
      Caller caller(after(kLong), kNoDescriptor);
      EXPECT_THROW(follower.flight->wait({caller.deadline, &caller}), std::system_error);
      threw.set_value(true);
    });
    EXPECT_EQ(threw.get_future().wait_for(kLong), std::future_status::ready);
  }
  EXPECT_FALSE(leader.flight->any());
}

TEST_F(FlightsTest, WhoOnlyLeadsKeepsNoFlightInTheAir) {
  Client client;
  const auto leader = flights.board("a");
  EXPECT_EQ(flights.lead_if_none("a"), nullptr);
  EXPECT_NE(flights.lead_if_none("b"), nullptr);
  EXPECT_FALSE(flights.board("b").leads);
  const Caller::Sharing sharing(client.caller, *leader.flight);
  client.leave();
  EXPECT_TRUE(gives_up(client.caller, kLong));
}

TEST_F(FlightsTest, AFlightThatHasEndedLeavesTheNextOneAlone) {
  const auto first = flights.board("a");
  flights.land("a", *first.flight, std::make_shared<Entry>());
  const auto next = flights.board("a");
  crash(*first.flight, Failure::internal);
  EXPECT_FALSE(flights.board("a").leads);
}

TEST_F(FlightsTest, KnowsWhereItBegan) {
  const auto leader = flights.board("a");
  EXPECT_EQ(leader.flight->began(), journal.now());
  journal.forget_touched({});
  EXPECT_LT(flights.board("a").flight->began(), journal.now());
}

TEST_F(FlightsTest, TheLeaderLeavesWithItsClientWhenNobodyElseWaits) {
  Client client;
  const auto leader = flights.board("a");
  const Caller::Sharing sharing(client.caller, *leader.flight);
  EXPECT_FALSE(client.caller.left());
  client.leave();
  EXPECT_TRUE(gives_up(client.caller, kLong));
}

TEST_F(FlightsTest, TheLeaderStaysWithoutItsClientAsLongAsOthersWait) {
  Client client;
  Client other;
  const auto leader = flights.board("a");
  const auto follower = flights.board("a");
  auto waiting = std::async(std::launch::async, [&] {
    EXPECT_THROW(follower.flight->wait({after(kLong), &other.caller}), Error);
  });
  const Caller::Sharing sharing(client.caller, *leader.flight);
  client.leave();
  EXPECT_FALSE(gives_up(client.caller, Seconds{1.2}));  // it is not watched for the first second
  EXPECT_TRUE(client.caller.client_left());
  other.leave();
  EXPECT_TRUE(gives_up(client.caller, kLong)) << "the last of the others has left, too";
  waiting.get();
}

TEST_F(FlightsTest, TheLeaderStaysForWhoComesAfterTheLastOneLeft) {
  Client client;
  const auto leader = flights.board("a");
  const auto first = flights.board("a");
  const Caller::Sharing sharing(client.caller, *leader.flight);
  client.leave();
  EXPECT_FALSE(client.caller.left());
  EXPECT_THROW(first.flight->wait(after(Seconds{0.001})), Error);
  const auto second = flights.board("a");
  EXPECT_FALSE(gives_up(client.caller, Seconds{0.2}));  // it is not watched at first
  EXPECT_THROW(second.flight->wait(after(Seconds{0.001})), Error);
  EXPECT_TRUE(gives_up(client.caller, kLong));
}
