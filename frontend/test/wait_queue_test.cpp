#include "runtime/wait_queue.hpp"

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <stdexcept>
#include <thread>

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using tailor::Clock;
using tailor::WaitOptions;
using Queue = tailor::WaitQueue<int>;

constexpr std::chrono::hours kLong{1};  // as long as it takes

std::optional<int> take(Queue& queue, const WaitOptions& options) {
  return queue.take(options, [](std::size_t) {});
}

// Hands out even numbers, and odd ones once it may.
class Withholding : public tailor::Stack<int> {
 public:
  explicit Withholding(const bool& odd) : odd_(odd) {}
  std::optional<int> take() {
    const auto wanted = [this](int i) { return odd_ || i % 2 == 0; };
    const auto taken = take_if([&, found = false](int i) mutable { return !found && (found = wanted(i)); });
    return taken.empty() ? std::nullopt : std::optional(taken[0]);
  }

 private:
  const bool& odd_;
};

}  // namespace

TEST(WaitQueue, GivesWhatIsIdle) {
  Queue queue;
  queue.give(1);
  queue.give(2);
  EXPECT_EQ(take(queue, Clock::now()), 2);
  EXPECT_EQ(take(queue, Clock::now()), 1);
  EXPECT_EQ(take(queue, Clock::now()), std::nullopt);
}

TEST(WaitQueue, ServesInTheOrderOfArrival) {
  constexpr int kWaiting = 8;
  Queue queue;
  std::vector<std::optional<int>> got(kWaiting);
  std::vector<std::thread> threads;
  threads.reserve(kWaiting);
  for (std::size_t i = 0; i < kWaiting; ++i) {
    threads.emplace_back([&, i] { got[i] = take(queue, Clock::now() + kLong); });
    while (queue.counts().waiting != i + 1) std::this_thread::sleep_for(milliseconds(1));
  }
  for (int i = 0; i < kWaiting; ++i) queue.give(i);
  for (auto& thread : threads) thread.join();
  for (int i = 0; i < kWaiting; ++i) EXPECT_EQ(got[static_cast<std::size_t>(i)], i);
}

TEST(WaitQueue, WhoLeavesIsSkipped) {
  Queue queue;
  EXPECT_EQ(take(queue, Clock::now() + milliseconds(5)), std::nullopt);
  queue.give(1);
  EXPECT_EQ(take(queue, Clock::now()), 1);
}

TEST(WaitQueue, WhoseClientLeavesLeaves) {
  std::array<int, 2> client{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, client.data()), 0);
  Queue queue;
  tailor::RequestContext context(Clock::now() + kLong, client[0]);
  std::optional<int> got = 1;
  std::thread waiting([&] { got = take(queue, {context.deadline, &context}); });
  while (queue.counts().waiting == 0) std::this_thread::sleep_for(milliseconds(1));
  close(client[1]);
  waiting.join();
  EXPECT_EQ(got, std::nullopt);
  EXPECT_TRUE(context.client_left());
  EXPECT_EQ(queue.counts().waiting, 0U);
  queue.give(1);
  EXPECT_EQ(take(queue, Clock::now()), 1);
  close(client[0]);
}

TEST(WaitQueue, AsksWhetherOneMoreMayWait) {
  Queue queue;
  std::vector<std::size_t> asked;
  const auto refuse = [&](std::size_t waiting) {
    asked.push_back(waiting);
    throw std::runtime_error("full");
  };
  queue.give(1);
  EXPECT_EQ(queue.take(Clock::now(), refuse), 1) << "who need not wait is not asked";
  EXPECT_THROW(queue.take(Clock::now() + kLong, refuse), std::runtime_error);
  std::thread waiting([&] { take(queue, Clock::now() + kLong); });
  while (queue.counts().waiting == 0) std::this_thread::sleep_for(milliseconds(1));
  EXPECT_THROW(queue.take(Clock::now() + kLong, refuse), std::runtime_error);
  queue.give(1);
  waiting.join();
  EXPECT_EQ(asked, (std::vector<std::size_t>{0, 1}));
  EXPECT_EQ(queue.counts().waiting, 0U);
}

TEST(WaitQueue, ClosedSendsAllAway) {
  Queue queue;
  std::optional<int> got = 1;
  std::thread waiting([&] { got = take(queue, Clock::now() + kLong); });
  while (queue.counts().waiting == 0) std::this_thread::sleep_for(milliseconds(1));
  queue.close();
  waiting.join();
  EXPECT_EQ(got, std::nullopt);
  EXPECT_EQ(take(queue, Clock::now() + kLong), std::nullopt) << "at once, or this test hangs";
  queue.give(1);
  EXPECT_EQ(take(queue, Clock::now()), 1);  // what is there is given all the same
}

TEST(WaitQueue, TakesOutTheUnwanted) {
  Queue queue;
  for (const int i : {1, 2, 3, 4}) queue.give(i);
  EXPECT_EQ(queue.take_if([](int i) { return i % 2 == 0; }), (std::vector{2, 4}));
  EXPECT_EQ(take(queue, Clock::now()), 3);
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
        if (auto item = take(queue, Clock::now() + microseconds(50) * (round % 3))) {
          ++served;
          queue.give(*item);
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_GT(served, 0);
  EXPECT_EQ(*take(queue, Clock::now()) + *take(queue, Clock::now()), 3);
}

TEST(WaitQueue, HandsOutWhatItsStoreChooses) {
  bool odd = false;
  tailor::WaitQueue<int, Withholding> queue{Withholding(odd)};
  queue.give(1);
  queue.give(3);
  std::atomic<int> sum = 0;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 3; ++i) {
    threads.emplace_back([&] { sum += queue.take(Clock::now() + kLong, [](std::size_t) {}).value_or(100); });
    while (queue.counts().waiting != i + 1) std::this_thread::sleep_for(milliseconds(1));
  }
  EXPECT_EQ(queue.counts().idle, 2U) << "which nobody gets";
  odd = true;
  queue.give(2);  // and all that may be handed out is
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(sum, 6);
}
