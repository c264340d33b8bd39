#pragma once

#include <functional>
#include <string>

#include "base/deadline.hpp"
#include "base/lsn.hpp"
#include "runtime/poll.hpp"

namespace tailor {

/// Other requests that wait for the answer that one request computes.
class Waiters {
 public:
  Waiters() = default;
  Waiters(const Waiters&) = delete;
  Waiters& operator=(const Waiters&) = delete;
  virtual ~Waiters() = default;

  /// Whether there are any. When the last one stops waiting, the waker of the fiber that called this is
  /// woken.
  virtual bool any() = 0;
};

/// What a request carries through its call: its deadline, its client's socket, and the times that were
/// measured. Used by one fiber or thread.
class RequestContext {
 public:
  /// `client` is the client's socket, watched for the client's leaving; -1: no client.
  explicit RequestContext(Deadline end, int client = -1) : deadline(end), watched_{client, POLLRDHUP, 0} {}

  const Deadline deadline;
  Seconds waited{0};   // for a connection to the database
  Seconds queried{0};  // for its answers
  Lsn read_after = 0;  // the answer must see all commits before this position of the write-ahead log
  std::string trace;   // application_name of the database session meanwhile; empty: unchanged

  /// The descriptor that becomes ready when the client may have left; left() decides then.
  pollfd watched() const { return watched_; }
  bool left();

  /// Whether the last left() saw that the client itself has left.
  bool client_left() const { return client_left_; }

  /// While this lives, the request goes on after its client has left if others wait for its answer.
  class Sharing {
   public:
    Sharing(RequestContext& context, Waiters& waiters) : context_(context) { context.waiters_ = &waiters; }
    Sharing(const Sharing&) = delete;
    Sharing& operator=(const Sharing&) = delete;
    ~Sharing();

   private:
    RequestContext& context_;
  };

 private:
  pollfd watched_;
  Waiters* waiters_ = nullptr;
  bool client_left_ = false;
};

/// How long a wait may last, which request it is for, and its priority when it resumes.
struct WaitOptions {
  WaitOptions(Deadline end, RequestContext* who = nullptr, Priority next = Priority::resume)
      : deadline(end), context(who), priority(next) {}
  Deadline deadline;
  RequestContext* context;  // null: not for a request
  Priority priority;
};

enum class WaitResult { ready, timed_out, cancelled };

/// Waits until a descriptor is ready, the deadline has passed, or the request is cancelled. Readiness goes
/// first. -1 is a descriptor that never is.
WaitResult wait_for(int descriptor, short events, const WaitOptions& options);

/// The same for a condition. The code that makes it true wakes the waiting fiber.
WaitResult wait_until(const WaitOptions& options, const std::function<bool()>& holds);

/// The same for either.
WaitResult wait_for(int descriptor, short events, const WaitOptions& options,
                    const std::function<bool()>& holds);

}  // namespace tailor
