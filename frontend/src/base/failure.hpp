#pragma once

#include <stdexcept>
#include <string>

#include "base/deadline.hpp"

namespace tailor {

/// Why a search has no answer.
enum class Failure {
  bad_argument,   // the SQL function refused an argument
  queue_full,     // the longest allowed queue for a connection
  wait_too_long,  // the wait for a connection would outlast the request
  pool_timeout,   // no connection became free in time
  client_left,    // no client waits for the answer
  // The query behind a long or cancelled one on its connection: it can be retried on another.
  head_of_line_blocked,
  query_timeout,    // no answer in time
  unavailable,      // no connection is up, or the server takes no work
  connection_lost,  // the connection died before an answer came
  foreign_server,   // a server from which the database reads a foreign table cannot be reached
  stale_session,    // tables or privileges changed since the session was prepared: reconnect
  old_library,      // the session loaded the extension's library before an upgrade: reconnect, all of them
  not_replayed,     // the standby has not replayed a change that was notified: retry later or elsewhere
  conflict,         // aborted in favour of another session: it can be retried
  too_large,        // the answer exceeds max-answer-size
  unreadable_data,  // the answer contains text that is invalid in the database's encoding
  untranslatable,   // a parameter contains a character that the database's encoding lacks
  suspect_session,  // an internal error of the server: the session cannot be trusted
  internal
};

/// Whether the failure concerns the connection, so that another one may succeed.
constexpr bool is_of_the_connection(Failure failure) {
  return failure == Failure::connection_lost || failure == Failure::stale_session ||
         failure == Failure::old_library || failure == Failure::suspect_session;
}

/// Whether the failure concerns the request: it would fail again, while others succeed.
constexpr bool is_of_the_request(Failure failure) {
  return failure == Failure::bad_argument || failure == Failure::too_large ||
         failure == Failure::unreadable_data || failure == Failure::untranslatable;
}

/// A search that failed. what() is for the log, and for an answer only with bad_argument.
class Error : public std::runtime_error {
 public:
  Error(Failure failure, const std::string& message, std::string argument = {})
      : std::runtime_error(message), failure_(failure), argument_(std::move(argument)) {}
  Error(Failure failure, const std::string& message, Seconds busy_for)
      : std::runtime_error(message), failure_(failure), busy_for_(busy_for) {}

  Failure failure() const { return failure_; }
  /// The refused SQL argument, or empty.
  const std::string& argument() const { return argument_; }
  /// The expected time until the requests that wait already are served.
  Seconds busy_for() const { return busy_for_; }

 private:
  Failure failure_;
  std::string argument_;
  Seconds busy_for_{0};
};

}  // namespace tailor
