#include "http/connection.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <future>
#include <string>
#include <vector>

#include "runtime/event_loop.hpp"
#include "runtime/request_context.hpp"

namespace tailor::http {
namespace {

constexpr Seconds kWrite{0.1};
constexpr Seconds kLong{60};
constexpr ConnectionLimits kLimits{.write = kWrite, .stop = kWrite};
constexpr std::size_t kStep = 20000;  // more than a half of what the kernel holds

// A connection that sends, and a client that takes a step of it from time to time. Both wait on one loop, the
// client first and for less: so it is always woken before the limit, however slow the machine.
struct SlowClient : testing::Test {
  SlowClient() {
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
    const int bytes = 16384;
    setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  }
  ~SlowClient() override { close(ends[1]); }

  // Whether all was sent. `step` is called before each step and returns whether to take it.
  bool sends(std::size_t size, const std::function<bool()>& step, ConnectionLimits limits = kLimits) {
    std::promise<bool> sent;
    std::promise<void> taken_all;
    loop.spawn([&] {
      take_steps(step);
      taken_all.set_value();
    });
    loop.spawn([&] {
      Connection connection(ends[0], limits, waits);
      sent.set_value(connection.send("head", std::string(size - 4, 'x')));
      ended = true;
    });
    auto result = sent.get_future();
    EXPECT_EQ(result.wait_for(kLong), std::future_status::ready);
    taken_all.get_future().wait();
    return result.get();
  }

  void take_steps(const std::function<bool()>& step) {
    std::vector<char> buffer(kStep);
    for (ssize_t count = 1; count != 0;) {
      wait_for(-1, 0, after(kWrite * 0.6));
      if (!step()) continue;
      count = recv(ends[1], buffer.data(), buffer.size(), MSG_DONTWAIT);
      taken += static_cast<std::size_t>(std::max<ssize_t>(0, count));
    }
  }

  metrics::Metrics metrics;
  IdleConnections waits{metrics.evicted};
  std::array<int, 2> ends{};
  std::size_t taken = 0;
  bool ended = false;  // the sending; of the loop's thread
  EventLoop loop{"test"};
};

TEST_F(SlowClient, GetsAllOfItsAnswerThoughThatTakesLong) {
  constexpr std::size_t size = 15 * kStep;
  EXPECT_TRUE(sends(size, [] { return true; }));
  EXPECT_EQ(taken, size);
}

TEST_F(SlowClient, GetsNoMoreOnceItTakesNothing) {
  int steps = 0;
  EXPECT_FALSE(sends(50 * kStep, [&] { return ++steps <= 3 || steps > 10; }));
  EXPECT_LT(taken, 10 * kStep);
}

TEST_F(SlowClient, DelaysNoStopByTakingNothing) {
  waits.end_idle();
  EXPECT_FALSE(sends(50 * kStep, [&] { return ended; }, {.write = kLong, .stop = kWrite}));
}

TEST_F(SlowClient, DelaysNoStop) {
  EXPECT_FALSE(sends(50 * kStep, [&] {
    waits.end_idle();
    return true;
  }));
  EXPECT_LT(taken, 50 * kStep);
}

}  // namespace
}  // namespace tailor::http
