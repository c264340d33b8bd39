#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "postgres/connection_set.hpp"
#include "runtime/waker.hpp"

namespace tailor::postgres {

/// A thread that cancels abandoned queries. Cancelling can block, and while an abandoned query is the oldest
/// of its connection, only this thread reads there.
class QueryCanceller {
 public:
  /// `give_back` receives each slot after its abandoned query has ended or the connection has become
  /// unusable.
  explicit QueryCanceller(std::function<void(PipelineSlot)> give_back);
  QueryCanceller(const QueryCanceller&) = delete;
  QueryCanceller& operator=(const QueryCanceller&) = delete;
  /// Queries that are still queued are not cancelled.
  ~QueryCanceller();

  /// The waker to pass to the pipelines.
  const std::shared_ptr<Waker>& waker() const { return waker_; }

  /// Queues a slot with an abandoned query.
  void stop(PipelineSlot slot);

 private:
  void run(std::promise<std::shared_ptr<Waker>> ready);
  bool stop_all();

  const std::function<void(PipelineSlot)> give_back_;
  std::mutex mutex_;
  std::vector<PipelineSlot> slots_;
  std::atomic<bool> stopping_ = false;
  std::shared_ptr<Waker> waker_;
  std::thread thread_;
};

}  // namespace tailor::postgres
