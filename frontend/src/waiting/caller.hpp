#pragma once

#include <functional>
#include <string>

#include "deadline.hpp"
#include "waiting/poll.hpp"

namespace tailor {

/// Who else waits for what a caller has computed.
class Others {
 public:
  Others() = default;
  Others(const Others&) = delete;
  Others& operator=(const Others&) = delete;
  virtual ~Others() = default;

  /// By the caller. Whether there are any; when the last of them leaves, its waker will be called.
  virtual bool any() = 0;
};

/// Who waits for an answer: until when, and whether somebody still does. Of one fiber or thread.
class Caller {
 public:
  /// `client` is the socket of the client, which is watched; -1: there is none that could leave.
  explicit Caller(Deadline end, int client = -1) : deadline(end), watched_{client, POLLRDHUP, 0} {}

  const Deadline deadline;
  Seconds waited{0};   // for a connection to the database
  Seconds queried{0};  // for its answers
  std::string trace;   // what the database's session is named meanwhile; empty: as ever

  /// What tells that the client may have left; then left() says whether anybody still waits. Once it has, the
  /// caller's waker tells.
  pollfd watched() const { return watched_; }
  bool left();

  /// Whether the client itself has left, as far as left() has seen.
  bool client_left() const { return client_left_; }

  /// For as long as it lives, the caller stays when its client leaves, if there are others.
  class Sharing {
   public:
    Sharing(Caller& caller, Others& others) : caller_(caller) { caller.others_ = &others; }
    Sharing(const Sharing&) = delete;
    Sharing& operator=(const Sharing&) = delete;
    ~Sharing();

   private:
    Caller& caller_;
  };

 private:
  pollfd watched_;
  Others* others_ = nullptr;
  bool client_left_ = false;
};

/// How long to wait, and for whom.
struct Patience {
  Patience(Deadline end, Caller* who = nullptr, Then next = Then::go_on)
      : deadline(end), caller(who), then(next) {}
  Deadline deadline;
  Caller* caller;  // null: on nobody's behalf
  Then then;
};

enum class Woken { ready, deadline, left };

/// Waits until a descriptor is ready, the deadline has passed, or nobody waits any more. What is ready goes
/// first. -1 is a descriptor that never is.
Woken wait_for(int descriptor, short events, const Patience& patience);

/// The same for a condition: whoever makes it hold calls the waiting one's waker.
Woken wait_until(const Patience& patience, const std::function<bool()>& holds);

/// The same for either.
Woken wait_for(int descriptor, short events, const Patience& patience, const std::function<bool()>& holds);

}  // namespace tailor
