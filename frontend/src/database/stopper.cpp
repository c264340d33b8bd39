#include "database/stopper.hpp"

#include <utility>

#include "waiting/poll.hpp"

namespace tailor::database {
namespace {

constexpr Seconds kRound{60};  // it is woken when there is something to do

}  // namespace

Stopper::Stopper(std::function<void(Place)> give_back) : give_back_(std::move(give_back)) {
  std::promise<std::shared_ptr<Waker>> ready;
  auto waker = ready.get_future();
  thread_ = std::thread([this, ready = std::move(ready)]() mutable { run(std::move(ready)); });
  waker_ = waker.get();
}

Stopper::~Stopper() {
  stopping_ = true;
  waker_->wake();
  thread_.join();
}

void Stopper::stop(Place place) {
  {
    const std::lock_guard lock(mutex_);
    places_.push_back(std::move(place));
  }
  waker_->wake();
}

void Stopper::run(std::promise<std::shared_ptr<Waker>> ready) {
  ready.set_value(own_waker());
  while (!stopping_) {
    if (!stop_all()) poll({}, after(kRound));  // else it may have been woken meanwhile
  }
}

// Whether any was there whose turn had come.
bool Stopper::stop_all() {
  std::vector<Place> places;
  {
    const std::lock_guard lock(mutex_);
    places.swap(places_);
  }
  bool any = false;
  for (Place& place : places) {
    if (place->connection.pipeline().stop_abandoned()) {
      any = true;
      give_back_(std::move(place));
    } else {
      const std::lock_guard lock(mutex_);
      places_.push_back(std::move(place));
    }
  }
  return any;
}

}  // namespace tailor::database
