#pragma once

#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "cache/entry.hpp"

namespace tailor::cache {

/// A computation under way. One thread leads: it computes. The others wait for what comes of it.
class Flight {
 public:
  explicit Flight(Journal::Position began) : began_(began) {}

  /// Where the journal was before the computation began.
  Journal::Position began() const { return began_; }

  /// What the leader got; nothing when it gave up for a reason of its own, and another one may take over.
  /// Throws what the leader's computation threw, or Error{query_timeout} when the deadline passes.
  EntryPtr wait(Deadline deadline);

 private:
  friend class Flights;
  void end(EntryPtr entry, std::exception_ptr error);

  const Journal::Position began_;
  std::mutex mutex_;
  std::condition_variable ended_;
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
  Boarded board(const std::string& key);

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
