#pragma once

#include <libpq-fe.h>

#include <stdexcept>
#include <string>

#include "deadline.hpp"

namespace tailor::database {

enum class Failure {
  bad_argument,     // the SQL function refused an argument
  queue_full,       // as many wait for a connection as may
  wait_too_long,    // the wait for a connection would outlast the request
  pool_timeout,     // no connection became free in time
  client_left,      // nobody awaits the answer any more
  blocked,          // for the sake of queries before it on its connection: they take long, or are cancelled
  query_timeout,    // no answer in time
  unavailable,      // no connection is up, or the server takes no work
  connection_lost,  // the connection died before an answer came
  stale_session,    // what the session was prepared for is no longer so: connect afresh
  conflict,         // the query was given up for the sake of another session's: it may run again
  too_large,        // the answer is larger than may be sent
  unreadable_data,  // the answer holds text that is not valid in the database's encoding
  untranslatable,   // a parameter holds a character that the database's encoding does not have
  suspect_session,  // an internal error of the server: do not trust the session
  internal
};

/// Whether another connection may answer what this one could not.
constexpr bool is_of_the_connection(Failure failure) {
  return failure == Failure::connection_lost || failure == Failure::stale_session ||
         failure == Failure::suspect_session;
}

/// Whether the same request fails so again, while others do not.
constexpr bool is_of_the_request(Failure failure) {
  return failure == Failure::bad_argument || failure == Failure::too_large ||
         failure == Failure::unreadable_data || failure == Failure::untranslatable;
}

/// What went wrong in the database. what() is for the log, and for an answer only when it is bad_argument.
class Error : public std::runtime_error {
 public:
  Error(Failure failure, const std::string& message, std::string argument = {})
      : std::runtime_error(message), failure_(failure), argument_(std::move(argument)) {}
  Error(Failure failure, const std::string& message, Seconds busy_for)
      : std::runtime_error(message), failure_(failure), busy_for_(busy_for) {}

  Failure failure() const { return failure_; }
  /// The SQL argument that was refused; empty otherwise.
  const std::string& argument() const { return argument_; }
  /// How long those who wait already are expected to keep the database busy.
  Seconds busy_for() const { return busy_for_; }

 private:
  Failure failure_;
  std::string argument_;
  Seconds busy_for_{0};
};

/// Reads a failed result: its SQLSTATE decides what kind of failure it is.
Error error_from(const PGresult* result);

/// libpq's message without its line breaks.
std::string one_line(std::string_view message);

}  // namespace tailor::database
