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

EntryPtr Flight::wait(const Patience& patience) {
  const Event ended;
  {
    const std::lock_guard lock(mutex_);
    if (over_) ended.set();
    waiting_.push_back(&ended);
  }
  const Woken woken = wait_for(ended.descriptor(), POLLIN, patience);
  leave(ended);
  if (woken == Woken::left)
    throw database::Error(database::Failure::client_left, "the client left before another's answer came");
  if (woken == Woken::deadline)
    throw database::Error(database::Failure::query_timeout, "another request's search took too long");
  if (error_) std::rethrow_exception(error_);
  return entry_;  // neither changes once the flight is over
}

bool Flight::any() {
  const std::lock_guard lock(mutex_);
  if (deserted_) deserted_->clear();
  return followers_ > 0;
}

int Flight::deserted() {
  const std::lock_guard lock(mutex_);
  if (!deserted_) deserted_.emplace();
  return deserted_->descriptor();
}

void Flight::join() {
  const std::lock_guard lock(mutex_);
  ++followers_;
}

void Flight::leave(const Event& woken) {
  const std::lock_guard lock(mutex_);
  std::erase(waiting_, &woken);
  if (--followers_ == 0 && deserted_) deserted_->set();
}

void Flight::end(EntryPtr entry, std::exception_ptr error) {
  const std::lock_guard lock(mutex_);
  over_ = true;
  entry_ = std::move(entry);
  error_ = std::move(error);
  for (const Event* each : waiting_) each->set();
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
    flights_.erase(key);
  }
  flight.end(std::move(entry), std::move(error));
}

}  // namespace tailor::cache
