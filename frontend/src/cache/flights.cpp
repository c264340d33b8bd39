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

EntryPtr Flight::wait(Deadline deadline) {
  std::unique_lock lock(mutex_);
  if (!ended_.wait_until(lock, deadline, [this] { return over_; }))
    throw database::Error(database::Failure::query_timeout, "another request's search took too long");
  if (error_) std::rethrow_exception(error_);
  return entry_;
}

void Flight::end(EntryPtr entry, std::exception_ptr error) {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
    entry_ = std::move(entry);
    error_ = std::move(error);
  }
  ended_.notify_all();
}

Flights::Boarded Flights::board(const std::string& key) {
  const std::lock_guard lock(mutex_);
  auto& flight = flights_[key];
  if (flight) return {flight, false};
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
