#include "runtime/event_loop.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <future>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

#include "runtime/request_context.hpp"
#include "runtime/wait_queue.hpp"
#include "runtime/waker.hpp"

namespace tailor {
namespace {

constexpr Seconds kLong{20};

// A loop, and a connection to wait for.
class EventLoopTest : public testing::Test {
 protected:
  EventLoopTest() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0); }
  ~EventLoopTest() override {
    for (const int end : ends) close(end);
  }

  // What a fiber gets, if it ends in time.
  template <typename Work>
  auto in_fiber(Work work) {
    auto task = std::make_shared<std::packaged_task<decltype(work())()>>(std::move(work));
    auto result = task->get_future();
    loop.spawn([task] { (*task)(); });
    EXPECT_EQ(result.wait_for(kLong), std::future_status::ready);
    return result.get();
  }

  std::array<int, 2> ends{};
  EventLoop loop{"test"};
};

WaitResult readable(int descriptor, Seconds within) {
  return wait_for(descriptor, POLLIN, after(within));
}

TEST_F(EventLoopTest, AFiberWaitsForADescriptor) {
  std::promise<WaitResult> woken;
  loop.spawn([&] { woken.set_value(readable(ends[0], kLong)); });
  auto result = woken.get_future();
  EXPECT_EQ(result.wait_for(Seconds{0.02}), std::future_status::timeout);
  ASSERT_EQ(write(ends[1], "x", 1), 1);
  EXPECT_EQ(result.get(), WaitResult::ready);
}

TEST_F(EventLoopTest, WhatIsReadyAlreadyIsSeen) {
  ASSERT_EQ(write(ends[1], "x", 1), 1);
  EXPECT_EQ(in_fiber([&] { return readable(ends[0], kLong); }), WaitResult::ready);
  EXPECT_EQ(in_fiber([&] { return readable(ends[0], Seconds{-1}); }), WaitResult::ready)
      << "whatever the time";
  for (const Seconds options : {kLong, Seconds{-1}}) {
    EXPECT_TRUE(in_fiber([&] {
      const auto before = Clock::now();
      readable(ends[0], options);
      return before <= tailor::wait_ended() && tailor::wait_ended() <= Clock::now();
    }));
  }
}

TEST_F(EventLoopTest, WaitsEndAtTheirDeadlinesInWhateverOrder) {
  std::vector<std::size_t> ended;
  std::array<std::promise<void>, 3> done;
  const auto first = after(Seconds{0.5});  // by when all of them wait
  for (std::size_t i = 0; i < done.size(); ++i) {
    loop.spawn([&, i] {
      const tailor::Deadline own = first + std::chrono::milliseconds{2 - static_cast<int>(i)};
      EXPECT_EQ(wait_for(-1, 0, own), WaitResult::timed_out);
      EXPECT_GE(Clock::now(), own);
      ended.push_back(i);
      done[i].set_value();
    });
  }
  for (auto& each : done) each.get_future().wait();
  EXPECT_EQ(ended, (std::vector<std::size_t>{2, 1, 0}));
}

TEST_F(EventLoopTest, WhoGoesOnDoesNotWaitForAllWhoseTimeIsOver) {
  constexpr int kMany = 300;
  std::atomic<int> ended = 0;
  std::promise<int> ended_before;
  const auto deadline = after(Seconds{0.5});  // by when all of them wait
  loop.spawn([&] {
    wait_for(-1, 0, deadline);
    tailor::yield();
    ended_before.set_value(ended);
  });
  for (int i = 0; i < kMany; ++i) {
    loop.spawn([&] {
      wait_for(-1, 0, deadline);
      ++ended;
    });
  }
  EXPECT_LT(ended_before.get_future().get(), kMany / 2);
  while (ended < kMany) std::this_thread::yield();
}

// By tailor::poll() itself: wait_for() goes on when it is woken too early.
TEST_F(EventLoopTest, AWaitEndsByItsOwnDeadlineNotByAnEarlierWaits) {
  EXPECT_EQ(write(ends[1], "x", 1), 1);
  const auto nothing_within = [](Seconds time) {
    std::array<pollfd, 1> none{{{-1, 0, 0}}};
    const auto start = Clock::now();
    tailor::poll(none, after(time), tailor::Priority::resume);
    return Seconds{Clock::now() - start};
  };
  EXPECT_TRUE(in_fiber([&] {
    EXPECT_EQ(readable(ends[0], Seconds{0.02}), WaitResult::ready);
    EXPECT_GE(nothing_within(Seconds{0.06}), Seconds{0.06});
    EXPECT_EQ(readable(ends[0], 2 * kLong), WaitResult::ready);
    return nothing_within(Seconds{0.01}) < kLong;
  }));
}

TEST_F(EventLoopTest, OthersRunWhileOneWaits) {
  std::promise<WaitResult> result;
  loop.spawn([&] { result.set_value(readable(ends[0], kLong)); });
  EXPECT_EQ(in_fiber([&] { return write(ends[1], "x", 1); }), 1);
  EXPECT_EQ(result.get_future().get(), WaitResult::ready);
}

// More descriptors than the kernel reports at once.
TEST_F(EventLoopTest, WhatIsToGoOnComesBeforeWhatIsNew) {
  constexpr int kNew = 300;
  std::array<int, kNew> descriptors{};
  std::atomic<int> begun = 0;
  std::array<std::promise<int>, 2> begun_before;
  const std::array<int, 2> going_on{dup(ends[0]), dup(ends[0])};
  const auto go_on = [&](std::size_t which) {
    loop.spawn([&, which] {
      readable(going_on.at(which), kLong);
      begun_before.at(which).set_value(begun);
    });
  };
  go_on(0);  // the kernel may tell of the first one first, or of the last one
  for (int& descriptor : descriptors) {
    descriptor = dup(ends[0]);
    loop.spawn([&begun, descriptor] {
      wait_for(descriptor, POLLIN, {after(kLong), nullptr, Priority::new_request});
      ++begun;
    });
  }
  go_on(1);
  EXPECT_EQ(in_fiber([&] { return write(ends[1], "x", 1); }), 1);
  for (auto& before : begun_before) EXPECT_EQ(before.get_future().get(), 0);
  while (begun < kNew) std::this_thread::yield();
  for (const int descriptor : descriptors) close(descriptor);
  for (const int descriptor : going_on) close(descriptor);
}

TEST_F(EventLoopTest, AWaitHasEndedWhenWhatItWasForCameThoughOthersGoBefore) {
  constexpr int kNew = 100;  // more than are begun in a round
  std::array<int, kNew> descriptors{};
  std::atomic<int> begun = 0;
  std::atomic<Clock::time_point> first_begun{Clock::time_point::max()};
  std::atomic<Clock::time_point> last_ended{};
  for (int& descriptor : descriptors) {
    descriptor = dup(ends[0]);
    loop.spawn([&, descriptor] {
      wait_for(descriptor, POLLIN, {after(kLong), nullptr, Priority::new_request});
      first_begun = std::min(first_begun.load(), Clock::now());
      last_ended = std::max(last_ended.load(), tailor::wait_ended());
      ++begun;
    });
  }
  const auto start = in_fiber([&] {
    const auto now = Clock::now();
    EXPECT_EQ(write(ends[1], "x", 1), 1);
    return now;
  });
  while (begun < kNew) std::this_thread::yield();
  EXPECT_GE(last_ended.load(), start);
  EXPECT_LE(last_ended.load(), first_begun.load());
  for (const int descriptor : descriptors) close(descriptor);
}

TEST_F(EventLoopTest, AClosedDescriptorsNumberMayBeAnothers) {
  EXPECT_EQ(in_fiber([&] { return readable(ends[0], Seconds{0.01}); }), WaitResult::timed_out);
  std::array<int, 2> others{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, others.data()), 0);
  ASSERT_EQ(dup2(others[0], ends[0]), ends[0]);
  ASSERT_EQ(write(others[1], "x", 1), 1);
  EXPECT_EQ(in_fiber([&] { return readable(ends[0], kLong); }), WaitResult::ready);
  for (const int other : others) close(other);
}

// Edge-triggered: reported once, and not again before it was read.
TEST_F(EventLoopTest, WhatIsNewComesToTheSameDescriptorAgainAndAgain) {
  const auto next = [&](Seconds within) {
    char byte = 0;
    const WaitResult result = wait_for(ends[0], POLLIN, {after(within), nullptr, Priority::new_request});
    return result == WaitResult::ready && read(ends[0], &byte, 1) == 1 ? byte : '-';
  };
  const auto send = [&](char byte) { EXPECT_EQ(write(ends[1], &byte, 1), 1); };
  EXPECT_EQ(in_fiber([&] {
              std::string come;
              for (const char byte : {'a', 'b'}) {
                send(byte);
                come += next(kLong);
              }
              come += next(Seconds{0.01});  // nothing
              send('c');
              EXPECT_EQ(wait_for(-1, 0, after(Seconds{0.02})),
                        WaitResult::timed_out);  // it arrives between waits
              come += next(kLong);
              EXPECT_EQ(readable(ends[0], Seconds{0.01}), WaitResult::timed_out);  // another wait between
              send('d');
              return come + next(kLong);
            }),
            "ab-cd");
}

TEST_F(EventLoopTest, AForgottenDescriptorsNumberMayBeginAnew) {
  const auto begin = [&](Seconds within) {
    return wait_for(ends[0], POLLIN, {after(within), nullptr, Priority::new_request});
  };
  EXPECT_EQ(in_fiber([&] { return begin(Seconds{0.01}); }), WaitResult::timed_out);
  std::array<int, 2> others{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, others.data()), 0);
  EXPECT_EQ(in_fiber([&] {
              tailor::deregister(ends[0]);
              EXPECT_EQ(dup2(others[0], ends[0]), ends[0]);
              EXPECT_EQ(write(others[1], "x", 1), 1);
              return begin(Seconds{5});
            }),
            WaitResult::ready);
  for (const int other : others) close(other);
}

// As when one thread closes what a fiber of another waits for.
TEST_F(EventLoopTest, WhoStillWaitsForAClosedDescriptorTakesNothingFromTheNextOfItsNumber) {
  std::promise<std::shared_ptr<tailor::Waker>> waker;
  std::atomic<bool> called = false;
  std::promise<WaitResult> first;
  loop.spawn([&] {
    waker.set_value(tailor::own_waker());
    first.set_value(wait_for(ends[0], POLLIN, after(kLong), [&] { return called.load(); }));
  });
  const auto first_waker = waker.get_future().get();
  std::array<int, 2> others{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, others.data()), 0);
  EXPECT_TRUE(in_fiber([&] { return dup2(others[0], ends[0]) == ends[0]; }));
  std::promise<WaitResult> second;
  loop.spawn([&] { second.set_value(readable(ends[0], Seconds{5})); });
  EXPECT_TRUE(in_fiber([] { return true; }));
  called = true;
  first_waker->wake();
  EXPECT_EQ(first.get_future().get(), WaitResult::ready);
  ASSERT_EQ(write(others[1], "x", 1), 1);
  EXPECT_EQ(second.get_future().get(), WaitResult::ready);
  for (const int other : others) close(other);
}

TEST_F(EventLoopTest, WhoCannotWaitLeavesNothingBehind) {
  const int closed = dup(ends[0]);
  close(closed);
  tailor::WaitQueue<int> queue;
  const auto take = [&](const tailor::WaitOptions& options) {
    return queue.take(options, [](std::size_t) {});
  };
  EXPECT_TRUE(in_fiber([&] {
    tailor::RequestContext context(after(kLong), closed);  // whose client is not watched at once
    EXPECT_THROW(take({context.deadline, &context}), std::system_error);
    return true;
  }));
  EXPECT_EQ(queue.counts().waiting, 0U);
  queue.give(1);
  EXPECT_EQ(take(Clock::now()), 1);
}

TEST_F(EventLoopTest, WhoWasGivenUpForDoesNotWakeTheNextWait) {
  EXPECT_EQ(in_fiber([&] {
              EXPECT_EQ(readable(ends[0], Seconds{0.01}), WaitResult::timed_out);
              EXPECT_EQ(write(ends[1], "x", 1), 1);  // what the ended wait was for
              return wait_for(-1, 0, after(Seconds{0.02}));
            }),
            WaitResult::timed_out);
}

TEST_F(EventLoopTest, AWakerIsNotMissedBeforeTheWaitNorFromAnotherThread) {
  EXPECT_EQ(in_fiber([&] {
              bool called = false;
              const auto waker = tailor::own_waker();
              called = true;
              waker->wake();
              return tailor::wait_until(after(kLong), [&] { return called; });
            }),
            WaitResult::ready);
  std::atomic<bool> called = false;
  std::promise<std::shared_ptr<tailor::Waker>> waker;
  std::promise<WaitResult> result;
  loop.spawn([&] {
    waker.set_value(tailor::own_waker());
    result.set_value(tailor::wait_until(after(kLong), [&] { return called.load(); }));
  });
  const auto other = waker.get_future().get();
  called = true;
  other->wake();
  EXPECT_EQ(result.get_future().get(), WaitResult::ready);
  while (loop.fibers() > 0) std::this_thread::yield();
  other->wake();  // the fiber has ended
}

// Handled in one fiber while another one's is thrown: the runtime keeps them by thread.
TEST_F(EventLoopTest, EachFiberHasItsOwnExceptions) {
  const auto nest = [](const std::string& name) {
    try {
      throw std::runtime_error(name);
    } catch (const std::runtime_error& error) {
      wait_for(-1, 0, after(Seconds{0.01}));
      try {
        throw;
      } catch (const std::runtime_error& again) {
        return again.what() == name && &again == &error;
      }
    }
    return false;
  };
  std::array<std::promise<bool>, 8> results;
  for (std::size_t i = 0; i < results.size(); ++i)
    loop.spawn([&, i] { results[i].set_value(nest(std::to_string(i))); });
  for (auto& result : results) EXPECT_TRUE(result.get_future().get());
}

// Items pass between fibers of two loops and a thread. None is lost, and no wait lasts for ever.
TEST_F(EventLoopTest, FibersAndThreadsShareAQueue) {
  constexpr int kRounds = 300;
  constexpr int kFibers = 20;
  tailor::WaitQueue<int> queue;
  std::atomic<int> served = 0;
  const auto work = [&] {
    for (int round = 0; round < kRounds; ++round) {
      auto item = queue.take(after(kLong), [](std::size_t) {});
      ASSERT_TRUE(item);
      if (round % 7 == 0) wait_for(-1, 0, after(Seconds{0.0001}));
      queue.give(*item);
      ++served;
    }
  };
  {
    EventLoop other("other");
    for (int i = 0; i < kFibers; ++i) (i % 2 == 0 ? loop : other).spawn(work);
    queue.give(1);
    queue.give(2);
    work();
  }
  while (loop.fibers() > 0) std::this_thread::yield();
  EXPECT_EQ(served, (kFibers + 1) * kRounds);
  EXPECT_EQ(queue.counts().idle, 2U);
}

TEST(EventLoop, EndsWhenItsFibersHave) {
  std::atomic<int> ended = 0;
  {
    EventLoop loop("test");
    for (int i = 0; i < 100; ++i) {
      loop.spawn([&] {
        wait_for(-1, 0, after(Seconds{0.02}));
        ++ended;
      });
    }
  }
  EXPECT_EQ(ended, 100);
}

TEST(EventLoop, ALoopThatGoesRoundBeatsAndOneThatAFiberKeepsDoesNot) {
  EventLoop idle("idle");
  EventLoop kept("kept");
  std::promise<void> keeping;
  kept.spawn([&] { keeping.get_future().wait(); });
  const auto until = [](const EventLoop& loop, bool beats) {
    const auto end = after(3 * kLong);
    while (loop.is_responsive() != beats && Clock::now() < end) std::this_thread::sleep_for(Seconds{0.01});
    return loop.is_responsive() == beats;
  };
  EXPECT_TRUE(until(kept, false));
  EXPECT_TRUE(until(idle, true)) << "which has had nothing to do for as long";
  keeping.set_value();
  EXPECT_TRUE(until(kept, true));
}

}  // namespace
}  // namespace tailor
