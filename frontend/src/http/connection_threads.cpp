#include "http/connection_threads.hpp"

#include <pthread.h>

#include <chrono>
#include <system_error>

#include "log.hpp"

namespace tailor::http {

bool ConnectionThreads::add(std::function<void()> connection) {
  pulse_.beat();
  std::unique_lock lock(mutex_);
  if (idle_ <= waiting_.size() && !start_thread()) make_room(lock);
  waiting_.push_back(std::move(connection));
  work_.notify_one();
  return true;
}

// False when there can be no further thread now; the first one must succeed.
bool ConnectionThreads::start_thread() {
  if (threads_.size() >= limit_) return false;
  try {
    threads_.emplace_back([this] { serve(); });
    ++idle_;
    return true;
  } catch (const std::system_error& error) {
    log::error("no_thread").with("threads", threads_.size()).with("reason", error.code().message());
    if (threads_.empty()) throw;
    return false;
  }
}

void ConnectionThreads::make_room(std::unique_lock<std::mutex>& lock) {
  constexpr std::chrono::milliseconds patience{20};  // then another one may have come to wait for its client
  pulse_.set_full(true);
  do {
    waits_.end_one();
  } while (!idle_again_.wait_for(lock, patience, [this] { return idle_ > waiting_.size(); }));
  pulse_.beat();
  pulse_.set_full(false);
}

void ConnectionThreads::serve() {
  pthread_setname_np(pthread_self(), "connection");
  std::unique_lock lock(mutex_);
  for (;;) {
    work_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const auto connection = std::move(waiting_.front());
    waiting_.pop_front();
    --idle_;
    lock.unlock();
    connection();
    lock.lock();
    ++idle_;
    idle_again_.notify_one();
  }
}

void ConnectionThreads::shutdown() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

}  // namespace tailor::http
