#include "cache/cache.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <future>
#include <latch>
#include <thread>

namespace {

using namespace tailor;
using cache::Cache;
using cache::CacheSettings;
using cache::ChangeLog;
using cache::Computed;
using cache::Outcome;
using cache::Point;
using cache::Served;

constexpr Point kHere{12.97, 77.59};
constexpr Point kElsewhere{13.08, 80.27};

cache::Dependencies around_here() {
  return {.tailor = {}, .centre = kHere, .radius_km = 5};
}

class CacheTest : public testing::Test {
 protected:
  void listen() { change_log.listen_from({1, 1, {}}); }
  void change(Point point) { change_log.append({.tailor = "t", .points = {point}}); }

  cache::Compute counting() {
    return [this](RequestContext&, auto) {
      return Computed{"body " + std::to_string(++computations), "1:1:", around_here()};
    };
  }
  static cache::Compute failing(Failure failure) {
    return [failure](RequestContext&, auto) -> Computed { throw Error(failure, "for a test"); };
  }
  static Served ask(Cache& cache, const cache::Compute& compute) {
    RequestContext context(after(Seconds{300}));  // bounds a hang only
    return cache.get_or_compute("key", compute, context);
  }
  static Outcome outcome(Cache& cache, const cache::Compute& compute) { return ask(cache, compute).outcome; }

  // Of one that times do not matter to.
  static CacheSettings long_lived() {
    return {.ttl = Seconds{3600}, .ttl_without_notifications = Seconds{3600}};
  }

  void wait_for_computations(int count) const {
    for (int i = 0; i < 2000 && computations < count; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    EXPECT_EQ(computations, count);
  }

  metrics::Metrics metrics;
  ChangeLog change_log;
  std::atomic<int> computations = 0;
};

}  // namespace

TEST_F(CacheTest, ComputesOnce) {
  Cache cache(long_lived(), change_log, metrics);
  const Served first = ask(cache, counting());
  EXPECT_EQ(first.outcome, Outcome::miss);
  EXPECT_TRUE(first.stored);
  const Served second = ask(cache, counting());
  EXPECT_EQ(second.outcome, Outcome::hit);
  EXPECT_EQ(second.entry, first.entry);
  EXPECT_EQ(first.entry->representation->body(), "body 1");
  EXPECT_EQ(metrics.cache_hits[metrics::CacheLevel::memory].Value(), 1);
  EXPECT_EQ(metrics.cache_misses.Value(), 1);
}

TEST_F(CacheTest, KeepsNothingWithoutMemory) {
  Cache cache({.bytes = 0}, change_log, metrics);
  EXPECT_EQ(outcome(cache, counting()), Outcome::bypass);
  EXPECT_EQ(outcome(cache, counting()), Outcome::bypass);
  EXPECT_EQ(computations, 2);
}

TEST_F(CacheTest, GivesUpOnlyOnWhatNothingElseAnswers) {
  Cache cache(long_lived(), change_log, metrics);
  EXPECT_TRUE(cache.record_unanswerable_miss("key"));
  EXPECT_EQ(metrics.cache_misses.Value(), 1);
  const cache::Compute meanwhile = [&](RequestContext& context, auto) {
    EXPECT_FALSE(cache.record_unanswerable_miss("key")) << "one is computing it";
    return counting()(context, 0);
  };
  ask(cache, meanwhile);
  change(kHere);
  EXPECT_FALSE(cache.record_unanswerable_miss("key"))
      << "what is kept may stand in when the database is away";
  EXPECT_EQ(metrics.cache_misses.Value(), 2);
  CacheSettings nothing = long_lived();
  nothing.bytes = 0;
  EXPECT_TRUE(Cache(nothing, change_log, metrics).record_unanswerable_miss("key"));
}

TEST_F(CacheTest, ForgetsWhatAChangeTouches) {
  listen();
  Cache cache(long_lived(), change_log, metrics);
  ask(cache, counting());
  change(kElsewhere);
  EXPECT_EQ(outcome(cache, counting()), Outcome::hit);
  change(kHere);
  EXPECT_EQ(outcome(cache, counting()), Outcome::replaced);
  EXPECT_EQ(outcome(cache, counting()), Outcome::hit);
  EXPECT_EQ(computations, 2);
}

TEST_F(CacheTest, ForgetsAllWhenItBecomesDeafAndWhenItListensAgain) {
  listen();
  Cache cache(long_lived(), change_log, metrics);
  ask(cache, counting());
  change_log.forget_all();
  EXPECT_EQ(outcome(cache, counting()), Outcome::replaced);
  EXPECT_EQ(outcome(cache, counting()), Outcome::hit);
  listen();
  EXPECT_EQ(outcome(cache, counting()), Outcome::replaced);
}

TEST_F(CacheTest, FindsOutAChangeDuringTheComputation) {
  listen();
  Cache cache(long_lived(), change_log, metrics);
  ask(cache, [&](RequestContext&, auto) {
    change(kHere);
    return Computed{"old", "1:1:", around_here()};
  });
  EXPECT_EQ(ask(cache, counting()).entry->representation->body(), "body 1");
}

TEST_F(CacheTest, LivesShortWhileItIsDeaf) {
  const CacheSettings settings{
      .ttl = Seconds{1000}, .ttl_without_notifications = Seconds{10}, .stale = Seconds{50}};
  Cache cache(settings, change_log, metrics);
  const auto without = ask(cache, counting()).entry;
  EXPECT_LE(without->fresh_until - without->computed, std::chrono::seconds{10});
  EXPECT_GE(without->fresh_until - without->computed, std::chrono::seconds{9});
  EXPECT_LE(without->stale_until - without->fresh_until, std::chrono::seconds{10});
  listen();
  const auto notified = ask(cache, counting()).entry;
  EXPECT_LE(notified->fresh_until - notified->computed, std::chrono::seconds{1000});
  EXPECT_GE(notified->fresh_until - notified->computed, std::chrono::seconds{900});
  EXPECT_EQ(notified->stale_until - notified->fresh_until, std::chrono::seconds{50});
}

TEST_F(CacheTest, KeepsThatThereIsNothingOnlyWhileItsComingIsToldOf) {
  Cache cache({}, change_log, metrics);
  const cache::Compute nothing = [&](RequestContext&, auto) {
    ++computations;
    return Computed{{}, "1:1:", {.tailor = "t", .centre = {}}};
  };
  EXPECT_FALSE(ask(cache, nothing).stored);
  listen();
  EXPECT_TRUE(ask(cache, nothing).stored);
  const Served kept = ask(cache, nothing);
  EXPECT_EQ(kept.outcome, Outcome::hit);
  EXPECT_FALSE(kept.entry->found());
  change(kElsewhere);
  EXPECT_EQ(outcome(cache, nothing), Outcome::replaced);
  EXPECT_EQ(computations, 3);
}

TEST_F(CacheTest, FiveThousandAtOnceComputeOnce) {
  Cache cache(long_lived(), change_log, metrics);
  constexpr int kAsking = 5000;
  std::atomic<int> right = 0;
  const cache::Compute slow = [&](RequestContext&, auto) {
    while (metrics.cache_coalesced.Value() < kAsking - 1)
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    return Computed{"body " + std::to_string(++computations), "1:1:", around_here()};
  };
  std::vector<std::jthread> threads;
  threads.reserve(kAsking);
  for (int i = 0; i < kAsking; ++i)
    threads.emplace_back([&] { right += ask(cache, slow).entry->representation->body() == "body 1"; });
  threads.clear();
  EXPECT_EQ(right, kAsking);
  EXPECT_EQ(computations, 1);
}

TEST_F(CacheTest, TheLeadersErrorIsEverybodysAndNotKept) {
  Cache cache(long_lived(), change_log, metrics);
  const cache::Compute failing_late = [&](RequestContext&, auto) -> Computed {
    ++computations;
    while (metrics.cache_coalesced.Value() < 1) std::this_thread::sleep_for(std::chrono::milliseconds{1});
    throw Error(Failure::pool_timeout, "for a test");
  };
  auto leader = std::async(std::launch::async, [&] { return ask(cache, failing_late); });
  while (computations == 0) std::this_thread::yield();
  EXPECT_THROW(ask(cache, counting()), Error);
  EXPECT_THROW(leader.get(), Error);
  EXPECT_EQ(computations, 1);
  EXPECT_EQ(outcome(cache, counting()), Outcome::miss);
}

TEST_F(CacheTest, AFollowerTakesOverFromALeaderWhoLeft) {
  Cache cache(long_lived(), change_log, metrics);
  std::latch leads(1);
  const cache::Compute leaving = [&](RequestContext&, auto) -> Computed {
    leads.count_down();
    while (metrics.cache_coalesced.Value() < 1) std::this_thread::sleep_for(std::chrono::milliseconds{1});
    throw Error(Failure::client_left, "for a test");
  };
  auto leader = std::async(std::launch::async, [&] { return ask(cache, leaving); });
  leads.wait();
  EXPECT_EQ(ask(cache, counting()).entry->representation->body(), "body 1");
  EXPECT_THROW(leader.get(), Error);
}

// A request after a change must not get an answer whose computation began before it.
TEST_F(CacheTest, AFollowerTakesNoAnswerFromBeforeAChangeBeforeIt) {
  listen();
  Cache cache(long_lived(), change_log, metrics);
  std::latch leads(1);
  const cache::Compute early = [&](RequestContext&, auto) {
    leads.count_down();
    while (metrics.cache_coalesced.Value() < 1) std::this_thread::sleep_for(std::chrono::milliseconds{1});
    return Computed{"from before", "1:1:", around_here()};
  };
  auto leader = std::async(std::launch::async, [&] { return ask(cache, early); });
  leads.wait();
  change(kHere);
  EXPECT_EQ(ask(cache, counting()).entry->representation->body(), "body 1");
  EXPECT_EQ(leader.get().entry->representation->body(), "from before");
}

TEST_F(CacheTest, ServesWhatIsPastItsTimeWhileItIsComputedAgain) {
  listen();
  Cache cache({.ttl = Seconds{0.001}, .stale = Seconds{3600}}, change_log, metrics);
  ask(cache, counting());
  std::this_thread::sleep_for(std::chrono::milliseconds{20});
  const Served served = ask(cache, counting());
  EXPECT_EQ(served.outcome, Outcome::revalidating);
  EXPECT_EQ(served.entry->representation->body(), "body 1");
  wait_for_computations(2);
  EXPECT_EQ(metrics.cache_stale[metrics::Stale::revalidating].Value(), 1);
  EXPECT_EQ(metrics.cache_refreshes.Value(), 1);
}

// A refresh that finds the answer being computed must not count as waiting for it: nothing would cancel the
// query of a client that has left.
TEST_F(CacheTest, ARefreshKeepsNoComputationWhoseClientHasLeft) {
  listen();
  Cache cache({.ttl = Seconds{0.001}, .stale = Seconds{3600}}, change_log, metrics);
  const auto get = [&](const char* key, const cache::Compute& compute) {
    RequestContext context(after(Seconds{20}));
    return cache.get_or_compute(key, compute, context).outcome;
  };
  std::latch refresher_is_free(1);
  const cache::Compute blocking = [&](RequestContext& context, auto) {
    refresher_is_free.wait();
    return counting()(context, 0);
  };
  for (const char* key : {"first", "second", "third"}) get(key, counting());
  std::this_thread::sleep_for(std::chrono::milliseconds{20});
  EXPECT_EQ(get("first", blocking), Outcome::revalidating);
  EXPECT_EQ(get("second", counting()), Outcome::revalidating);
  EXPECT_EQ(get("third", counting()), Outcome::revalidating);
  change(kHere);
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  const cache::Compute until_it_leaves = [&](RequestContext& context, auto) -> Computed {
    refresher_is_free.count_down();
    wait_for_computations(5);  // the third's refresh comes behind the second's
    close(ends[1]);
    EXPECT_EQ(wait_for(-1, 0, {after(Seconds{20}), &context}), WaitResult::cancelled);
    throw Error(Failure::client_left, "for a test");
  };
  RequestContext leaving(after(Seconds{60}), ends[0]);
  EXPECT_THROW(cache.get_or_compute("second", until_it_leaves, leaving), Error);
  close(ends[0]);
}

TEST_F(CacheTest, NeverServesWhatChangedWhileItIsComputedAgain) {
  listen();
  Cache cache({.ttl = Seconds{0.001}, .stale = Seconds{3600}}, change_log, metrics);
  ask(cache, counting());
  std::this_thread::sleep_for(std::chrono::milliseconds{20});
  change(kHere);
  EXPECT_EQ(ask(cache, counting()).entry->representation->body(), "body 2");
}

TEST_F(CacheTest, ComputesAHotAnswerAgainBeforeItsTimeIsOver) {
  listen();
  Cache cache({.ttl = Seconds{2}, .stale = Seconds{0}}, change_log, metrics);
  std::atomic<Clock::time_point> begun{};
  const cache::Compute slow = [&](RequestContext&, auto) {
    begun = Clock::now();
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
    return Computed{"body " + std::to_string(++computations), "1:1:", around_here()};
  };
  // A machine that is busy with other things may let its time pass now and then.
  bool early = false;
  for (auto entry = ask(cache, slow).entry; !early && computations < 20;) {
    const auto next = ask(cache, slow).entry;
    early = next != entry && begun.load() < entry->fresh_until;
    entry = next;
    std::this_thread::sleep_for(std::chrono::microseconds{100});
  }
  EXPECT_TRUE(early);
}

TEST_F(CacheTest, ServesWhatIsOldWhileTheDatabaseIsAway) {
  listen();
  Cache cache({.ttl = Seconds{0.001}, .stale = Seconds{0}, .stale_if_error = Seconds{3600}}, change_log,
              metrics);
  ask(cache, counting());
  std::this_thread::sleep_for(std::chrono::milliseconds{20});
  EXPECT_EQ(outcome(cache, failing(Failure::unavailable)), Outcome::stale_if_error);
  change_log.forget_all();  // the listener notices, too
  EXPECT_EQ(outcome(cache, failing(Failure::query_timeout)), Outcome::stale_if_error);
  EXPECT_GE(metrics.cache_stale[metrics::Stale::error].Value(), 2);
}

TEST_F(CacheTest, ServesWhatIsOldForABoundedTime) {
  listen();
  Cache cache({.ttl = Seconds{0.001}, .stale = Seconds{0}, .stale_if_error = Seconds{0.01}}, change_log,
              metrics);
  ask(cache, counting());
  std::this_thread::sleep_for(std::chrono::milliseconds{30});
  EXPECT_THROW(ask(cache, failing(Failure::unavailable)), Error);
  EXPECT_EQ(outcome(cache, counting()), Outcome::replaced);
}

TEST_F(CacheTest, ServesWhatChangedOnlyWhenTheDatabaseIsAway) {
  listen();
  Cache cache(long_lived(), change_log, metrics);
  ask(cache, counting());
  change(kHere);
  for (const Failure busy :
       {Failure::pool_timeout, Failure::query_timeout, Failure::bad_argument, Failure::internal})
    EXPECT_THROW(ask(cache, failing(busy)), Error);
  EXPECT_EQ(outcome(cache, failing(Failure::unavailable)), Outcome::stale_if_error);
  EXPECT_EQ(outcome(cache, counting()), Outcome::replaced) << "it is back";
}
