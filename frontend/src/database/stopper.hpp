#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "database/pipelines.hpp"
#include "waiting/waker.hpp"

namespace tailor::database {

/// A thread that has the server stop queries which were given up: that can block, and while such a query is
/// the oldest of its connection nobody else reads there.
class Stopper {
 public:
  using Place = Pipelines::Place;

  /// `give_back` gets each place again once the oldest query that was given up there has been stopped, or no
  /// more may be asked there.
  explicit Stopper(std::function<void(Place)> give_back);
  Stopper(const Stopper&) = delete;
  Stopper& operator=(const Stopper&) = delete;
  /// What is left is not stopped.
  ~Stopper();

  /// For the pipelines of which it gets places.
  const std::shared_ptr<Waker>& waker() const { return waker_; }

  /// A place with a query that was given up.
  void stop(Place place);

 private:
  void run(std::promise<std::shared_ptr<Waker>> ready);
  bool stop_all();

  const std::function<void(Place)> give_back_;
  std::mutex mutex_;
  std::vector<Place> places_;
  std::atomic<bool> stopping_ = false;
  std::shared_ptr<Waker> waker_;
  std::thread thread_;
};

}  // namespace tailor::database
