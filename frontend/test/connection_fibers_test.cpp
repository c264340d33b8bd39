#include "http/connection_fibers.hpp"

#include <gtest/gtest.h>

#include <future>

namespace tailor::http {
namespace {

constexpr Seconds kIdle{0.1};
constexpr Seconds kLong{60};

// Waits until it is so; false when that takes longer than a hang.
bool comes(const std::function<bool()>& condition) {
  const Deadline end = after(kLong);
  while (!condition() && Clock::now() < end) std::this_thread::sleep_for(std::chrono::milliseconds{1});
  return condition();
}

// Room for one connection.
struct RoomForOne : testing::Test {
  RoomForOne() { loops.push_back(std::make_unique<EventLoop>("test")); }
  ~RoomForOne() override { fibers.shutdown(); }

  metrics::Metrics metrics;
  IdleConnections waits{metrics.evicted};
  AcceptWatchdog watchdog{kIdle};
  EventLoops loops;
  ConnectionFibers fibers{1, loops, waits, watchdog};
};

TEST_F(RoomForOne, APulseThatIsNotFedEnds) {
  watchdog.beat();
  std::this_thread::sleep_for(3 * kIdle);
  EXPECT_FALSE(watchdog.is_responsive(kLong));
  EXPECT_TRUE(comes([&] {
    fibers.on_idle();
    return watchdog.is_responsive(kLong);
  }));
}

TEST_F(RoomForOne, WhenAllServeAcceptingMayTakeAsLongAsARequest) {
  std::promise<void> served;
  fibers.enqueue([&] { served.get_future().wait(); });
  std::this_thread::sleep_for(3 * kIdle);
  EXPECT_FALSE(watchdog.is_responsive(kLong)) << "nobody wants to be let in";
  std::thread accepting([&] { fibers.enqueue([] {}); });
  EXPECT_TRUE(comes([&] { return watchdog.is_responsive(kLong); })) << "one waits to be let in";
  std::this_thread::sleep_for(3 * kIdle);
  EXPECT_TRUE(watchdog.is_responsive(kLong));
  served.set_value();
  accepting.join();
  std::this_thread::sleep_for(3 * kIdle);
  EXPECT_FALSE(watchdog.is_responsive(kLong)) << "there is room again";
}

}  // namespace
}  // namespace tailor::http
