#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "database/queries.hpp"
#include "database/session.hpp"

namespace tailor::database {

/// What the database answers, and what a cache wants to know of it.
struct Answer {
  Session::Result result{nullptr, &PQclear};       // holds the text
  std::optional<std::string_view> json;            // nothing: there is no such place or tailor
  std::string snapshot;                            // that it was computed in
  std::optional<std::string> latitude, longitude;  // of the named place
  std::string origin;                              // see Connection::origin()
};

/// One session with our statements. For any thread, several at a time. All failures are thrown as Error;
/// after one, the pipeline's usable() tells whether the connection may serve again.
class Connection {
 public:
  enum class WarmUp { yes, no };

  /// Connects, looks up the extension, prepares the statements, and finds out by a search that matches
  /// nothing whether tables and privileges are in order. With a warm-up it also runs searches that read data,
  /// since the first ones of a session are slow. Throws Error with a message for the operator:
  /// suspect_session where an internal error of the server ended it, which the data of the warm-up may have
  /// caused, else unavailable. `stopper`: see Pipeline.
  Connection(const ConnectionSettings& settings, Hosts& hosts, std::shared_ptr<Waker> stopper,
             WarmUp warms_up = WarmUp::yes);

  /// A page of tailors. A text that the database's encoding cannot hold matches nothing. While it runs, the
  /// session is named `trace`, unless that is empty.
  Answer search(const SearchValues& values, const Patience& patience, const std::string& trace);

  /// One tailor.
  Answer tailor(const std::string& id, const Patience& patience, const std::string& trace);

  /// Names what its answers come from: the server as long as no commit of its is lost, the database, the
  /// role and its settings. From one origin the same search gets the same answer, and snapshots compare.
  /// Empty: nobody wants to know, or the server does not tell.
  const std::string& origin() const { return origin_; }

  /// When it should be replaced, though nothing is wrong with it.
  void keep_until(Deadline end) { end_ = end; }
  bool outlived() const { return end_ < Clock::now(); }

  /// See Session::fingerprint().
  const std::string& fingerprint() const { return session_.fingerprint(); }

  /// Notifies all listeners on the channel tailor_search.
  void notify(const std::string& payload, const Patience& patience);

  Pipeline& pipeline() { return session_.pipeline(); }

 private:
  void prepare(const ConnectionSettings& settings, Deadline deadline);
  void warm_up(Deadline deadline);
  Answer search_as_given(const SearchValues& values, const Patience& patience, const std::string& trace);
  Answer search_translatable(SearchValues values, const Patience& patience, const std::string& trace);
  bool can_hold(const std::string& text, const Patience& patience);
  void find_origin(const Patience& patience);
  Answer run(const Statement& statement, Session::Texts texts, const Patience& patience,
             const std::string& trace);
  const Queries& queries_for(const std::string& trace) const {
    return trace.empty() ? *queries_ : *traced_queries_;
  }

  Session session_;
  const std::size_t max_answer_bytes_;
  std::optional<Queries> queries_, traced_queries_;
  std::string origin_;
  Deadline end_ = Deadline::max();
};

}  // namespace tailor::database
