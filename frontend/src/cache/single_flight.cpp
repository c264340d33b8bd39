#include "cache/single_flight.hpp"

#include "base/failure.hpp"

namespace tailor::cache {
namespace {

// Whether the error concerns only the leader: its client left, but other requests still want the answer.
bool is_its_own(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const Error& failed) {
    return failed.failure() == Failure::client_left;
  } catch (...) {
    return false;
  }
}

}  // namespace

// Leaves the flight on every exit path.
class Flight::Leaving {
 public:
  explicit Leaving(Flight& flight) : flight_(flight) {}
  Leaving(const Leaving&) = delete;
  Leaving& operator=(const Leaving&) = delete;
  ~Leaving() { flight_.leave(); }

 private:
  Flight& flight_;
};

EntryPtr Flight::wait(const WaitOptions& options) {
  const Leaving leaving(*this);
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(own_waker());
  }
  const WaitResult result = wait_until(options, [this] {
    const std::lock_guard lock(mutex_);
    return over_;
  });
  if (result == WaitResult::cancelled)
    throw Error(Failure::client_left, "the client left before another's answer came");
  if (result == WaitResult::timed_out)
    throw Error(Failure::query_timeout, "another request's search took too long");
  if (error_) std::rethrow_exception(error_);
  return entry_;  // both are final once the flight is over
}

bool Flight::any() {
  const std::lock_guard lock(mutex_);
  if (!leader_) leader_ = own_waker();
  return followers_ > 0;
}

void Flight::join() {
  const std::lock_guard lock(mutex_);
  ++followers_;
}

void Flight::leave() {
  const std::lock_guard lock(mutex_);
  std::erase(waiting_, own_waker());
  if (--followers_ == 0 && leader_) leader_->wake();
}

void Flight::end(EntryPtr entry, std::exception_ptr error) {
  const std::lock_guard lock(mutex_);
  over_ = true;
  entry_ = std::move(entry);
  error_ = std::move(error);
  for (const auto& each : waiting_) each->wake();
}

SingleFlight::Joined SingleFlight::join(const std::string& key) {
  const std::lock_guard lock(mutex_);
  auto& flight = single_flight_[key];
  if (flight) {
    flight->join();
    return {flight, false};
  }
  flight = std::make_shared<Flight>(change_log_.now());
  return {flight, true};
}

std::shared_ptr<Flight> SingleFlight::lead_if_none(const std::string& key) {
  const std::lock_guard lock(mutex_);
  auto& flight = single_flight_[key];
  if (flight) return nullptr;
  flight = std::make_shared<Flight>(change_log_.now());
  return flight;
}

bool SingleFlight::in_flight(const std::string& key) {
  const std::lock_guard lock(mutex_);
  return single_flight_.contains(key);
}

void SingleFlight::complete(const std::string& key, Flight& flight, EntryPtr entry) {
  end(key, flight, std::move(entry), nullptr);
}

void SingleFlight::fail(const std::string& key, Flight& flight) {
  const std::exception_ptr error = std::current_exception();
  end(key, flight, nullptr, is_its_own(error) ? nullptr : error);
}

void SingleFlight::end(const std::string& key, Flight& flight, EntryPtr entry, std::exception_ptr error) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = single_flight_.find(key);
    if (found != single_flight_.end() && found->second.get() == &flight) single_flight_.erase(found);
  }
  flight.end(std::move(entry), std::move(error));
}

}  // namespace tailor::cache
