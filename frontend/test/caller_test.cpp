#include "waiting/caller.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "waiting/event.hpp"

namespace {

using tailor::after;
using tailor::Caller;
using tailor::Event;
using tailor::Seconds;
using tailor::wait_for;
using tailor::Woken;

constexpr Seconds kLong{20};

class CallerTest : public testing::Test {
 protected:
  CallerTest() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0); }
  ~CallerTest() override {
    for (const int end : ends) close(end);
  }
  std::array<int, 2> ends{};
  Event event;
};

}  // namespace

TEST_F(CallerTest, WhatIsReadyGoesFirst) {
  Caller caller(after(kLong), ends[0]);
  event.set();
  shutdown(ends[1], SHUT_WR);
  EXPECT_EQ(wait_for(event.descriptor(), POLLIN, {caller.deadline, &caller}), Woken::ready);
  event.clear();
  EXPECT_EQ(wait_for(event.descriptor(), POLLIN, {caller.deadline, &caller}), Woken::left);
}

TEST_F(CallerTest, WaitsUntilTheDeadline) {
  EXPECT_EQ(wait_for(event.descriptor(), POLLIN, after(Seconds{0.01})), Woken::deadline);
  EXPECT_EQ(wait_for(event.descriptor(), POLLIN, after(Seconds{-1})), Woken::deadline);
}

TEST_F(CallerTest, AClientThatSendsMoreHasNotLeft) {
  Caller caller(after(kLong), ends[0]);
  ASSERT_EQ(send(ends[1], "GET", 3, 0), 3);
  EXPECT_FALSE(caller.left());
  shutdown(ends[1], SHUT_WR);
  EXPECT_TRUE(caller.left()) << "though what it sent is not read";
}

TEST_F(CallerTest, NobodyLeavesWhereNobodyWaits) {
  Caller caller(after(kLong));
  EXPECT_FALSE(caller.left());
  EXPECT_EQ(wait_for(event.descriptor(), POLLIN, {after(Seconds{0.01}), &caller}), Woken::deadline);
}
