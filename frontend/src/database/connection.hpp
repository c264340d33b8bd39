#pragma once

#include <libpq-fe.h>

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "database/error.hpp"
#include "database/queries.hpp"
#include "deadline.hpp"

namespace tailor::database {

struct ConnectionSettings {
  std::map<std::string, std::string> parameters;  // libpq's own keywords
  std::string schema;          // the application's, for the search_path; empty: the server's
  bool pgbouncer = false;      // neither named statements nor session state
  Seconds connect_timeout{5};  // for each host of the URL, and for the warm-up
};

/// One libpq connection with its statements. Not for two threads at once. All failures are thrown as Error;
/// after one, usable() tells whether the connection may serve again.
class Connection {
 public:
  /// Connects, looks up the extension, prepares the statements and runs a search, since the first one of a
  /// session is slow. Throws Error{unavailable} with a message for the operator.
  explicit Connection(const ConnectionSettings& settings);

  /// The page as JSON text; nothing when the named place is unknown.
  std::optional<std::string> search(const SearchValues& values, Deadline deadline);

  /// The tailor as JSON text; nothing when there is none of this id.
  std::optional<std::string> tailor(const std::string& id, Deadline deadline);

  /// Looks at the socket without waiting: false when the server has closed the connection.
  bool alive();
  bool usable() const { return !broken_; }

  /// Asks the server to stop a query whose answer is no longer awaited. May block; ignores failure.
  void cancel_abandoned();

 private:
  using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;
  using Texts = std::vector<const char*>;

  void open(const ConnectionSettings& settings);
  void prepare_session(Deadline deadline);
  std::string extension_schema(Deadline deadline);
  std::optional<std::string> run(const Statement& statement, Texts texts, Deadline deadline);
  void send(const Statement& statement, const Texts& texts);
  Result receive(Deadline deadline);
  void wait_for(short events, Deadline deadline);
  [[noreturn]] void lose();

  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_{nullptr, &PQfinish};
  std::optional<Queries> queries_;
  std::string search_path_;  // as the GUC's value
  bool pgbouncer_ = false;
  bool broken_ = false;
  bool abandoned_ = false;  // a query is still running there
};

}  // namespace tailor::database
