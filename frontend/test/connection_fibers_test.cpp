#include "http/connection_fibers.hpp"

#include <gtest/gtest.h>

#include <future>

namespace tailor::http {
namespace {

using namespace std::chrono_literals;

constexpr Seconds kIdle{0.3};

// Room for one connection.
struct RoomForOne : testing::Test {
  RoomForOne() { loops.push_back(std::make_unique<EventLoop>("test")); }
  ~RoomForOne() override { fibers.shutdown(); }

  metrics::Metrics metrics;
  ClientWaits waits{metrics.displaced};
  AcceptPulse pulse{kIdle};
  EventLoops loops;
  ConnectionFibers fibers{1, loops, waits, pulse};
};

TEST_F(RoomForOne, APulseThatIsNotFedEnds) {
  pulse.beat();
  EXPECT_TRUE(pulse.beats(Seconds{1}));
  std::this_thread::sleep_for(3 * kIdle);
  EXPECT_FALSE(pulse.beats(Seconds{1}));
  fibers.on_idle();
  EXPECT_TRUE(pulse.beats(Seconds{1}));
}

TEST_F(RoomForOne, WhenAllServeAcceptingMayTakeAsLongAsARequest) {
  std::promise<void> served;
  fibers.enqueue([&] { served.get_future().wait(); });
  std::thread accepting([&] { fibers.enqueue([] {}); });
  std::this_thread::sleep_for(3 * kIdle + 100ms);
  EXPECT_TRUE(pulse.beats(Seconds{1}));
  EXPECT_FALSE(
      pulse.beats(Seconds{-9.5}));  // had a request to end within half a second, no answer would be a fault
  served.set_value();
  accepting.join();
  std::this_thread::sleep_for(3 * kIdle);
  EXPECT_FALSE(pulse.beats(Seconds{1}));  // there is room again
}

}  // namespace
}  // namespace tailor::http
