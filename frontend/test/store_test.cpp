#include "cache/store.hpp"

#include <gtest/gtest.h>

#include <malloc.h>

#include <thread>

#include "metrics/metrics.hpp"

namespace {

using tailor::cache::Entry;
using tailor::cache::EntryPtr;
using tailor::cache::Store;

EntryPtr entry(std::size_t bytes) {
  auto made = std::make_shared<Entry>();
  made->representation = std::make_shared<const tailor::content::Representation>(std::string(bytes, 'x'));
  return made;
}

class StoreTest : public testing::Test {
 protected:
  double evictions() const { return metrics.cache_evictions.Value(); }
  tailor::metrics::Metrics metrics;
};

}  // namespace

TEST_F(StoreTest, GivesWhatWasPut) {
  Store store(1 << 20, metrics.cache_evictions);
  const EntryPtr first = entry(100);
  const EntryPtr second = entry(200);
  EXPECT_EQ(store.get("a"), nullptr);
  EXPECT_TRUE(store.put("a", first));
  EXPECT_EQ(store.get("a"), first);
  EXPECT_TRUE(store.put("a", second));
  EXPECT_EQ(store.get("a"), second);
  EXPECT_EQ(store.get("b"), nullptr);
  EXPECT_EQ(store.status().entries, 1U);
  EXPECT_GT(store.status().bytes, second->bytes());
  EXPECT_EQ(evictions(), 0);
}

TEST_F(StoreTest, NeverKeepsMoreThanItMay) {
  constexpr std::size_t limit = 100'000;
  Store store(limit, metrics.cache_evictions);
  for (int i = 0; i < 10'000; ++i) {
    store.put("key " + std::to_string(i), entry(static_cast<std::size_t>(i * 37 % 3000)));
    ASSERT_LE(store.status().bytes, limit);
  }
  EXPECT_GT(store.status().bytes, limit / 2);
  EXPECT_EQ(evictions() + static_cast<double>(store.status().entries), 10'000);
}

TEST_F(StoreTest, RefusesWhatIsTooLargeAndForgetsWhatItWouldReplace) {
  Store store(10'000, metrics.cache_evictions);
  EXPECT_TRUE(store.put("a", entry(100)));
  EXPECT_FALSE(store.put("a", entry(20'000)));
  EXPECT_EQ(store.get("a"), nullptr);
  EXPECT_EQ(store.status().bytes, 0U);
}

TEST_F(StoreTest, KeepsWhatIsUsedThroughAScan) {
  Store store(1 << 20, metrics.cache_evictions);
  for (int i = 0; i < 20; ++i) store.put("hot " + std::to_string(i), entry(500));
  for (int i = 0; i < 50'000; ++i) {
    store.put("scan " + std::to_string(i), entry(500));
    if (i % 100 == 0) {
      for (int hot = 0; hot < 20; ++hot) store.get("hot " + std::to_string(hot));
    }
  }
  for (int hot = 0; hot < 20; ++hot) EXPECT_NE(store.get("hot " + std::to_string(hot)), nullptr) << hot;
}

// What is counted is what the allocator gives, or a little more.
TEST_F(StoreTest, CountsItsBytesHonestly) {
  constexpr std::size_t limit = 32 << 20;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer's malloc does not count";
#endif
  const std::size_t before = mallinfo2().uordblks;
  Store store(limit, metrics.cache_evictions);
  for (int i = 0; i < 100'000; ++i) store.put("s8:12.97163:77.5946" + std::to_string(i), entry(700));
  const std::size_t counted = store.status().bytes;
  const std::size_t taken = mallinfo2().uordblks - before;
  EXPECT_GT(counted, limit * 9 / 10);
  EXPECT_LE(taken, counted * 21 / 20);
  EXPECT_GE(taken, counted / 2);
}

TEST_F(StoreTest, ServesThreadsAtOnce) {
  Store store(4 << 20, metrics.cache_evictions);
  std::vector<std::jthread> threads;
  threads.reserve(4);
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&store, thread] {
      for (int i = 0; i < 20'000; ++i) {
        const std::string key = std::to_string(i * (thread + 1) % 6000);
        if (const EntryPtr found = store.get(key)) {
          EXPECT_EQ(found->representation->body().size(), std::stoul(key));
        } else {
          store.put(key, entry(std::stoul(key)));
        }
      }
    });
  }
  threads.clear();
  EXPECT_LE(store.status().bytes, 4U << 20U);
  EXPECT_GT(store.status().entries, 100U);
}
