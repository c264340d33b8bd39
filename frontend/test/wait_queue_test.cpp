#include "database/wait_queue.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using tailor::Clock;
using Queue = tailor::database::WaitQueue<int>;

}  // namespace

TEST(WaitQueue, GivesWhatIsIdle) {
  Queue queue;
  queue.give(1);
  queue.give(2);
  EXPECT_EQ(queue.take(Clock::now()), 2);
  EXPECT_EQ(queue.take(Clock::now()), 1);
  EXPECT_EQ(queue.take(Clock::now()), std::nullopt);
}

TEST(WaitQueue, ServesInTheOrderOfArrival) {
  constexpr int kWaiting = 8;
  Queue queue;
  std::vector<std::optional<int>> got(kWaiting);
  std::vector<std::thread> threads;
  threads.reserve(kWaiting);
  for (std::size_t i = 0; i < kWaiting; ++i) {
    threads.emplace_back([&, i] { got[i] = queue.take(Clock::now() + seconds(10)); });
    std::this_thread::sleep_for(milliseconds(20));  // so that they arrive one by one
  }
  for (int i = 0; i < kWaiting; ++i) queue.give(i);
  for (auto& thread : threads) thread.join();
  for (int i = 0; i < kWaiting; ++i) EXPECT_EQ(got[static_cast<std::size_t>(i)], i);
}

TEST(WaitQueue, WhoLeavesIsSkipped) {
  Queue queue;
  EXPECT_EQ(queue.take(Clock::now() + milliseconds(5)), std::nullopt);
  queue.give(1);
  EXPECT_EQ(queue.take(Clock::now()), 1);
}

TEST(WaitQueue, ClosedSendsAllAway) {
  Queue queue;
  std::optional<int> got = 1;
  std::thread waiting([&] { got = queue.take(Clock::now() + seconds(10)); });
  std::this_thread::sleep_for(milliseconds(20));
  const auto start = Clock::now();
  queue.close();
  waiting.join();
  EXPECT_EQ(got, std::nullopt);
  EXPECT_EQ(queue.take(Clock::now() + seconds(10)), std::nullopt);
  EXPECT_LT(Clock::now() - start, seconds(5));
  queue.give(1);
  EXPECT_EQ(queue.take(Clock::now()), 1);  // what is there is given all the same
}

TEST(WaitQueue, TakesOutTheUnwanted) {
  Queue queue;
  for (const int i : {1, 2, 3, 4}) queue.give(i);
  EXPECT_EQ(queue.take_if([](int i) { return i % 2 == 0; }), (std::vector{2, 4}));
  EXPECT_EQ(queue.take(Clock::now()), 3);
}

TEST(WaitQueue, LosesNothingUnderLoad) {
  Queue queue;
  queue.give(1);
  queue.give(2);
  std::vector<std::thread> threads;
  threads.reserve(16);
  std::atomic<int> served = 0;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 200; ++round) {
        if (auto item = queue.take(Clock::now() + microseconds(50) * (round % 3))) {
          ++served;
          queue.give(*item);
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_GT(served, 0);
  EXPECT_EQ(*queue.take(Clock::now()) + *queue.take(Clock::now()), 3);
}
