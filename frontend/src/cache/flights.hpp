#pragma once

#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "cache/entry.hpp"
#include "waiting/caller.hpp"
#include "waiting/waker.hpp"

namespace tailor::cache {

/// A computation under way. One request leads: it computes. The others wait for what comes of it, and the
/// leader goes on for them when its own client has left.
class Flight : public Others {
 public:
  explicit Flight(Journal::Position began) : began_(began) {}

  /// Where the journal was before the computation began.
  Journal::Position began() const { return began_; }

  /// What the leader got; nothing when it gave up for a reason of its own, and another one may take over.
  /// Throws what the leader's computation threw, Error{query_timeout} when the deadline passes, or
  /// Error{client_left}.
  EntryPtr wait(const Patience& patience);

  bool any() override;

 private:
  friend class Flights;
  class Leaving;
  void join();
  void leave();
  void end(EntryPtr entry, std::exception_ptr error);

  const Journal::Position began_;
  std::mutex mutex_;
  std::size_t followers_ = 0;
  std::vector<std::shared_ptr<Waker>> waiting_;  // of the followers
  std::shared_ptr<Waker> leader_;                // once its client has left
  bool over_ = false;
  EntryPtr entry_;
  std::exception_ptr error_;
};

/// One computation a key at a time.
class Flights {
 public:
  explicit Flights(const Journal& journal) : journal_(journal) {}

  struct Boarded {
    std::shared_ptr<Flight> flight;
    bool leads;  // then compute, and call land() or crash()
  };
  /// A follower counts as waiting from here on: it must call wait().
  Boarded board(const std::string& key);
  /// A flight to lead; null where one is under way, which is not joined.
  std::shared_ptr<Flight> lead_if_none(const std::string& key);
  bool under_way(const std::string& key);

  void land(const std::string& key, Flight& flight, EntryPtr entry);
  /// Ends the flight with the exception that is being handled.
  void crash(const std::string& key, Flight& flight);

 private:
  void end(const std::string& key, Flight& flight, EntryPtr entry, std::exception_ptr error);

  const Journal& journal_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<Flight>> flights_;
};

}  // namespace tailor::cache
