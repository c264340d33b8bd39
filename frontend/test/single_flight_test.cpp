#include "cache/single_flight.hpp"

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <future>
#include <system_error>

#include "postgres/error.hpp"
#include "runtime/event_loop.hpp"

namespace {

using tailor::after;
using tailor::Error;
using tailor::Failure;
using tailor::RequestContext;
using tailor::Seconds;
using tailor::cache::ChangeLog;
using tailor::cache::Entry;
using tailor::cache::SingleFlight;

constexpr Seconds kLong{20};
constexpr int kNoDescriptor = 1'000'000;  // as high a number is never given

class FlightsTest : public testing::Test {
 protected:
  void fail(tailor::cache::Flight& flight, Failure failure) {
    try {
      throw Error(failure, "for a test");
    } catch (...) {
      flights.fail("a", flight);
    }
  }
  ChangeLog change_log;
  SingleFlight flights{change_log};
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
  RequestContext context{after(kLong), ends_[0]};
};

// Waits as a leader does whose query never ends; true when it gave up.
bool gives_up(RequestContext& context, tailor::Seconds within) {
  return tailor::wait_for(-1, 0, {after(within), &context}) == tailor::WaitResult::cancelled;
}

}  // namespace

TEST_F(FlightsTest, OneLeadsAndAllGetWhatItGot) {
  const auto leader = flights.join("a");
  EXPECT_TRUE(leader.leads);
  EXPECT_TRUE(flights.join("b").leads);
  const auto follower = flights.join("a");
  EXPECT_FALSE(follower.leads);
  auto waiting = std::async(std::launch::async, [&] { return follower.flight->wait(after(kLong)); });
  const auto entry = std::make_shared<Entry>();
  flights.complete("a", *leader.flight, entry);
  EXPECT_EQ(waiting.get(), entry);
  EXPECT_EQ(follower.flight->wait(after(kLong)), entry);
  EXPECT_TRUE(flights.join("a").leads) << "the next one is a flight of its own";
}

TEST_F(FlightsTest, AllGetTheLeadersError) {
  const auto leader = flights.join("a");
  const auto follower = flights.join("a");
  fail(*leader.flight, Failure::pool_timeout);
  EXPECT_THROW(follower.flight->wait(after(kLong)), Error);
  EXPECT_TRUE(flights.join("a").leads);
}

TEST_F(FlightsTest, AnotherOneTakesOverWhenTheLeaderLeft) {
  const auto leader = flights.join("a");
  const auto follower = flights.join("a");
  fail(*leader.flight, Failure::client_left);
  EXPECT_EQ(follower.flight->wait(after(kLong)), nullptr);
  EXPECT_TRUE(flights.join("a").leads);
}

TEST_F(FlightsTest, NobodyWaitsLongerThanHisDeadline) {
  const auto leader = flights.join("a");
  try {
    flights.join("a").flight->wait(after(Seconds{0.01}));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.failure(), Failure::query_timeout);
  }
}

TEST_F(FlightsTest, WhoCannotWaitHasLeft) {
  const auto leader = flights.join("a");
  const auto follower = flights.join("a");
  EXPECT_TRUE(leader.flight->any());
  std::promise<bool> threw;
  {
    tailor::EventLoop loop("test");
    loop.spawn([&] {
      RequestContext context(after(kLong), kNoDescriptor);
      EXPECT_THROW(follower.flight->wait({context.deadline, &context}), std::system_error);
      threw.set_value(true);
    });
    EXPECT_EQ(threw.get_future().wait_for(kLong), std::future_status::ready);
  }
  EXPECT_FALSE(leader.flight->any());
}

TEST_F(FlightsTest, WhoOnlyLeadsKeepsNoFlightInTheAir) {
  Client client;
  const auto leader = flights.join("a");
  EXPECT_EQ(flights.lead_if_none("a"), nullptr);
  EXPECT_NE(flights.lead_if_none("b"), nullptr);
  EXPECT_FALSE(flights.join("b").leads);
  const RequestContext::Sharing sharing(client.context, *leader.flight);
  client.leave();
  EXPECT_TRUE(gives_up(client.context, kLong));
}

TEST_F(FlightsTest, AFlightThatHasEndedLeavesTheNextOneAlone) {
  const auto first = flights.join("a");
  flights.complete("a", *first.flight, std::make_shared<Entry>());
  const auto next = flights.join("a");
  fail(*first.flight, Failure::internal);
  EXPECT_FALSE(flights.join("a").leads);
}

TEST_F(FlightsTest, KnowsWhereItBegan) {
  const auto leader = flights.join("a");
  EXPECT_EQ(leader.flight->began(), change_log.now());
  change_log.append({});
  EXPECT_LT(flights.join("a").flight->began(), change_log.now());
}

TEST_F(FlightsTest, TheLeaderLeavesWithItsClientWhenNobodyElseWaits) {
  Client client;
  const auto leader = flights.join("a");
  const RequestContext::Sharing sharing(client.context, *leader.flight);
  EXPECT_FALSE(client.context.left());
  client.leave();
  EXPECT_TRUE(gives_up(client.context, kLong));
}

TEST_F(FlightsTest, TheLeaderStaysWithoutItsClientAsLongAsOthersWait) {
  Client client;
  Client other;
  const auto leader = flights.join("a");
  const auto follower = flights.join("a");
  auto waiting = std::async(std::launch::async, [&] {
    EXPECT_THROW(follower.flight->wait({after(kLong), &other.context}), Error);
  });
  const RequestContext::Sharing sharing(client.context, *leader.flight);
  client.leave();
  EXPECT_FALSE(gives_up(client.context, Seconds{1.2}));  // it is not watched for the first second
  EXPECT_TRUE(client.context.client_left());
  other.leave();
  EXPECT_TRUE(gives_up(client.context, kLong)) << "the last of the others has left, too";
  waiting.get();
}

TEST_F(FlightsTest, TheLeaderStaysForWhoComesAfterTheLastOneLeft) {
  Client client;
  const auto leader = flights.join("a");
  const auto first = flights.join("a");
  const RequestContext::Sharing sharing(client.context, *leader.flight);
  client.leave();
  EXPECT_FALSE(client.context.left());
  EXPECT_THROW(first.flight->wait(after(Seconds{0.001})), Error);
  const auto second = flights.join("a");
  EXPECT_FALSE(gives_up(client.context, Seconds{0.2}));  // it is not watched at first
  EXPECT_THROW(second.flight->wait(after(Seconds{0.001})), Error);
  EXPECT_TRUE(gives_up(client.context, kLong));
}
