#include "runtime/request_context.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

#include "runtime/event.hpp"

namespace {

using tailor::after;
using tailor::Event;
using tailor::RequestContext;
using tailor::Seconds;
using tailor::wait_for;
using tailor::WaitResult;

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
  RequestContext context(after(kLong), ends[0]);
  event.set();
  shutdown(ends[1], SHUT_WR);
  EXPECT_EQ(wait_for(event.descriptor(), POLLIN, {context.deadline, &context}), WaitResult::ready);
  event.clear();
  EXPECT_EQ(wait_for(event.descriptor(), POLLIN, {context.deadline, &context}), WaitResult::cancelled);
}

TEST_F(CallerTest, WaitsUntilTheDeadline) {
  EXPECT_EQ(wait_for(event.descriptor(), POLLIN, after(Seconds{0.01})), WaitResult::timed_out);
  EXPECT_EQ(wait_for(event.descriptor(), POLLIN, after(Seconds{-1})), WaitResult::timed_out);
}

TEST_F(CallerTest, AClientThatSendsMoreHasNotLeft) {
  RequestContext context(after(kLong), ends[0]);
  ASSERT_EQ(send(ends[1], "GET", 3, 0), 3);
  EXPECT_FALSE(context.left());
  shutdown(ends[1], SHUT_WR);
  EXPECT_TRUE(context.left()) << "though what it sent is not read";
}

TEST_F(CallerTest, NobodyLeavesWhereNobodyWaits) {
  RequestContext context(after(kLong));
  EXPECT_FALSE(context.left());
  EXPECT_EQ(wait_for(event.descriptor(), POLLIN, {after(Seconds{0.01}), &context}), WaitResult::timed_out);
}

// A wait in a destructor would run other fibers, and might throw, while an exception passes.
TEST_F(CallerTest, NoWaitWhileAnExceptionUnwindsTheStack) {
  struct Waiting {
    ~Waiting() { result = wait_for(-1, 0, after(kLong)); }
    WaitResult& result;
  };
  auto result = WaitResult::ready;
  const auto before = tailor::Clock::now();
  try {
    const Waiting waiting{result};
    throw std::runtime_error("unwinds");
  } catch (const std::runtime_error&) {
  }
  EXPECT_EQ(result, WaitResult::timed_out);
  EXPECT_LT(tailor::Clock::now() - before, kLong / 2);
  event.set();
  try {
    throw std::runtime_error("caught");
  } catch (const std::runtime_error&) {
    EXPECT_EQ(wait_for(event.descriptor(), POLLIN, after(kLong)), WaitResult::ready)
        << "the stack is unwound";
  }
}
