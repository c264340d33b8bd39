#include "cache/flights.hpp"

#include "database/error.hpp"

namespace tailor::cache {
namespace {

// The leader's client left. Who else waits still wants the answer.
bool is_its_own(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const database::Error& failed) {
    return failed.failure() == database::Failure::client_left;
  } catch (...) {
    return false;
  }
}

}  // namespace

// However the wait ends, and be it that it cannot begin.
class Flight::Leaving {
 public:
  explicit Leaving(Flight& flight) : flight_(flight) {}
  Leaving(const Leaving&) = delete;
  Leaving& operator=(const Leaving&) = delete;
  ~Leaving() { flight_.leave(); }

 private:
  Flight& flight_;
};

EntryPtr Flight::wait(const Patience& patience) {
  const Leaving leaving(*this);
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(own_waker());
  }
  const Woken woken = wait_until(patience, [this] {
    const std::lock_guard lock(mutex_);
    return over_;
  });
  if (woken == Woken::left)
    throw database::Error(database::Failure::client_left, "the client left before another's answer came");
  if (woken == Woken::deadline)
    throw database::Error(database::Failure::query_timeout, "another request's search took too long");
  if (error_) std::rethrow_exception(error_);
  return entry_;  // neither changes once the flight is over
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

Flights::Boarded Flights::board(const std::string& key) {
  const std::lock_guard lock(mutex_);
  auto& flight = flights_[key];
  if (flight) {
    flight->join();
    return {flight, false};
  }
  flight = std::make_shared<Flight>(journal_.now());
  return {flight, true};
}

std::shared_ptr<Flight> Flights::lead_if_none(const std::string& key) {
  const std::lock_guard lock(mutex_);
  auto& flight = flights_[key];
  if (flight) return nullptr;
  flight = std::make_shared<Flight>(journal_.now());
  return flight;
}

bool Flights::under_way(const std::string& key) {
  const std::lock_guard lock(mutex_);
  return flights_.contains(key);
}

void Flights::land(const std::string& key, Flight& flight, EntryPtr entry) {
  end(key, flight, std::move(entry), nullptr);
}

void Flights::crash(const std::string& key, Flight& flight) {
  const std::exception_ptr error = std::current_exception();
  end(key, flight, nullptr, is_its_own(error) ? nullptr : error);
}

void Flights::end(const std::string& key, Flight& flight, EntryPtr entry, std::exception_ptr error) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = flights_.find(key);
    if (found != flights_.end() && found->second.get() == &flight) flights_.erase(found);
  }
  flight.end(std::move(entry), std::move(error));
}

}  // namespace tailor::cache
