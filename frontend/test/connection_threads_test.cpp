#include "http/connection_threads.hpp"

#include <gtest/gtest.h>

#include <future>

namespace tailor::http {
namespace {

using namespace std::chrono_literals;

constexpr Seconds kIdle{0.3};

// One thread, and what its connections do.
struct OneThread : testing::Test {
  ~OneThread() override { threads.shutdown(); }

  metrics::Metrics metrics;
  ClientWaits waits{metrics.displaced};
  AcceptPulse pulse{kIdle};
  ConnectionThreads threads{1, waits, pulse};
};

TEST_F(OneThread, APulseThatIsNotFedEnds) {
  pulse.beat();
  EXPECT_TRUE(pulse.beats(Seconds{1}));
  std::this_thread::sleep_for(3 * kIdle);
  EXPECT_FALSE(pulse.beats(Seconds{1}));
  threads.on_idle();
  EXPECT_TRUE(pulse.beats(Seconds{1}));
}

TEST_F(OneThread, WhenAllServeAcceptingMayTakeAsLongAsARequest) {
  std::promise<void> served;
  threads.enqueue([&] { served.get_future().wait(); });
  std::thread accepting([&] { threads.enqueue([] {}); });
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
