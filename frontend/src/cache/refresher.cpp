#include "cache/refresher.hpp"

namespace tailor::cache {
namespace {

constexpr std::size_t kLongestLine = 1024;

}  // namespace

Refresher::~Refresher() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

bool Refresher::offer(const std::string& key, std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    if (line_.size() >= kLongestLine || !keys_.insert(key).second) return false;
    line_.emplace_back(key, std::move(work));
  }
  wake_.notify_one();
  return true;
}

void Refresher::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !line_.empty(); });
    if (stopping_) return;
    const auto [key, work] = std::move(line_.front());
    line_.pop_front();
    lock.unlock();
    work();
    lock.lock();
    keys_.erase(key);
  }
}

}  // namespace tailor::cache
