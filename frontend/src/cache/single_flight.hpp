#pragma once

#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "cache/entry.hpp"
#include "runtime/request_context.hpp"
#include "runtime/waker.hpp"

namespace tailor::cache {

/// A computation in flight. One request, the leader, computes; the followers wait for its result. The leader
/// continues for them when its own client has left.
class Flight : public Waiters {
 public:
  explicit Flight(ChangeLog::Position began) : began_(began) {}

  /// The change log's position before the computation began.
  ChangeLog::Position began() const { return began_; }

  /// The leader's result; null when the leader's client left and another request must lead. Throws what the
  /// computation threw, Error{query_timeout} when the deadline passes, or Error{client_left}.
  EntryPtr wait(const WaitOptions& options);

  bool any() override;

 private:
  friend class SingleFlight;
  class Leaving;
  void join();
  void leave();
  void end(EntryPtr entry, std::exception_ptr error);

  const ChangeLog::Position began_;
  std::mutex mutex_;
  std::size_t followers_ = 0;
  std::vector<std::shared_ptr<Waker>> waiting_;  // of the followers
  std::shared_ptr<Waker> leader_;                // set once its client has left
  bool over_ = false;
  EntryPtr entry_;
  std::exception_ptr error_;
};

/// At most one computation in flight for each key.
class SingleFlight {
 public:
  explicit SingleFlight(const ChangeLog& change_log) : change_log_(change_log) {}

  struct Joined {
    std::shared_ptr<Flight> flight;
    bool leads;  // then compute, and call complete() or fail()
  };
  /// Joins or starts the key's flight. A follower counts as waiting from now on, and must call wait().
  Joined join(const std::string& key);
  /// Starts a flight; null if one exists, which is not joined.
  std::shared_ptr<Flight> lead_if_none(const std::string& key);
  bool in_flight(const std::string& key);

  void complete(const std::string& key, Flight& flight, EntryPtr entry);
  /// Ends the flight with the exception being handled.
  void fail(const std::string& key, Flight& flight);

 private:
  void end(const std::string& key, Flight& flight, EntryPtr entry, std::exception_ptr error);

  const ChangeLog& change_log_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<Flight>> single_flight_;
};

}  // namespace tailor::cache
