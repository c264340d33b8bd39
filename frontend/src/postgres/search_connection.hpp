#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <string_view>

#include "base/lsn.hpp"
#include "postgres/connection.hpp"
#include "postgres/queries.hpp"

namespace tailor::postgres {

/// The beginning of a standby's SearchConnection::origin(), which does not have the server that it follows.
inline constexpr const char* kStandbyOrigin = "standby ";

/// The database's answer, with what the cache needs for invalidation.
struct Answer {
  Connection::Result result{nullptr, &PQclear};    // owns the text
  std::optional<std::string_view> json;            // nothing: no such place or tailor
  std::string snapshot;                            // see cache::Entry
  std::optional<std::string_view> shown;           // the ids of tailors and users in it, as JSON
  std::optional<std::string> latitude, longitude;  // of the named place
  std::string origin;                              // see SearchConnection::origin()
  // It sees every commit before this position of the write-ahead log; nothing: unknown, behind a pooler.
  std::optional<Lsn> replayed = kNoLsn;
  // What the standby had replayed when it answered; kNoLsn: no standby, or unknown.
  Lsn replayed_now = kNoLsn;
};

/// A connection with the front end's statements.
class SearchConnection : public Connection {
 public:
  enum class WarmUp { yes, no };

  /// Connects, finds the extension, prepares the statements, and runs a search without matches, which checks
  /// tables and privileges. The warm-up runs searches that read data, because a session's first ones are
  /// slow. Throws Error with a message for the operator: suspect_session after an internal error of the
  /// server, which the warm-up's data may have caused, else unavailable. `canceller`: see Connection.
  SearchConnection(const ConnectionSettings& settings, Hosts& hosts, std::shared_ptr<Waker> canceller,
                   WarmUp warms_up = WarmUp::yes);

  /// A page of tailors. A text that the database's encoding cannot represent matches nothing. If `trace` is
  /// not empty, it is the session's application_name meanwhile.
  Answer search(const SearchValues& values, const WaitOptions& options, const std::string& trace);

  /// The same by an engine, a value of the setting tailor_search.engine; not prepared.
  Answer search_by(const std::string& engine, const SearchValues& values, const WaitOptions& options);

  /// One tailor.
  Answer tailor(const std::string& id, const WaitOptions& options, const std::string& trace);

  /// Identifies the source of its answers: the server (until commits are lost), the database, the role and
  /// its settings. With the same origin equal searches have equal answers, and snapshots can be compared.
  /// Empty: not needed, or unknown.
  const std::string& origin() const { return origin_; }

  /// Sets when the connection is replaced although it works.
  void keep_until(Deadline end) { end_ = end; }
  bool expired() const { return end_ < Clock::now(); }

  /// Notifies all listeners on the channel tailor_search.
  void notify(const std::string& payload, const WaitOptions& options);

 private:
  void begin(const ConnectionSettings& settings, Deadline deadline);
  void check_search(Deadline deadline);
  void warm_up(Deadline deadline);
  Answer search(const Queries& queries, const SearchValues& values, const WaitOptions& options,
                const std::string& setting);
  Answer search_as_given(const Queries& queries, const SearchValues& values, const WaitOptions& options,
                         const std::string& setting);
  Answer search_translatable(const Queries& queries, SearchValues values, const WaitOptions& options,
                             const std::string& setting);
  bool can_hold(const std::string& text, const WaitOptions& options);
  void find_origin(const WaitOptions& options);
  Answer ask(const Statement& statement, Texts texts, const WaitOptions& options, const std::string& setting);
  void note_replayed(const PGresult& row, Lsn before, Answer& answer);
  const Queries& queries_for(const std::string& trace) const {
    return trace.empty() ? *queries_ : *traced_queries_;
  }

  const std::size_t max_answer_bytes_;
  std::optional<Queries> queries_, traced_queries_, engine_queries_;
  std::string origin_;
  std::atomic<Lsn> replayed_ = 0;  // by a standby when its last answer came; kNoLsn: it is no standby
  Deadline end_ = Deadline::max();
};

}  // namespace tailor::postgres
