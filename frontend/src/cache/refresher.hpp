#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_set>

namespace tailor::cache {

/// Runs refreshes in one background thread, so that they use at most one connection of the pool. The queue is
/// bounded and holds each key once; a refresh that does not fit is offered again by the next hit.
class Refresher {
 public:
  Refresher() : thread_([this] { run(); }) {}
  Refresher(const Refresher&) = delete;
  Refresher& operator=(const Refresher&) = delete;
  /// Waits for the running refresh and drops the queued ones.
  ~Refresher();

  /// Queues work for the key; false when it is queued already or the queue is full. `work` must not throw.
  bool offer(const std::string& key, std::function<void()> work);

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::pair<std::string, std::function<void()>>> line_;
  std::unordered_set<std::string> keys_;
  bool stopping_ = false;
  std::thread thread_;  // declared last: it uses all members above
};

}  // namespace tailor::cache
