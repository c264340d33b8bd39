#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_set>

namespace tailor::cache {

/// Work that nobody waits for, in one thread: it takes one connection of the pool at most, the rest is for
/// those who wait. A key is in line once, and the line is bounded; what does not fit is offered again with
/// the next hit.
class Refresher {
 public:
  Refresher() : thread_([this] { run(); }) {}
  Refresher(const Refresher&) = delete;
  Refresher& operator=(const Refresher&) = delete;
  /// Waits for the work that is being done, and drops what is in line.
  ~Refresher();

  /// Whether the key has a place in line that it had not before. `work` must not throw.
  bool offer(const std::string& key, std::function<void()> work);

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::pair<std::string, std::function<void()>>> line_;
  std::unordered_set<std::string> keys_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace tailor::cache
