#pragma once

#include <string>
#include <vector>

#include "database/hosts.hpp"
#include "database/pipeline.hpp"

namespace tailor::database {

/// What DATABASE_URL states of a pooler (PgBouncer and its like) before the server.
enum class Pooling {
  unstated,     // a pooler that is found is taken to be in transaction mode
  session,      // the server's session lasts as long as the connection, so that notifications arrive
  transaction,  // each transaction may have another session of the server's
};

struct ConnectionSettings {
  Parameters parameters;  // libpq's own keywords
  std::string schema;     // the application's, for the search_path; empty: the server's
  Pooling pooling = Pooling::unstated;
  std::string server_database;   // where a pooler has another name for it than the URL; empty: the same
  std::string server_role;       // the same for the user
  Seconds statement_timeout{0};  // of the server, at most; 0: as it is
  Seconds connect_timeout{5};    // for each host of the URL, and for the warm-up
  std::size_t max_answer_bytes = std::size_t{4} << 20U;
  bool shared = false;  // answers are shared among instances, and name their origin
};

/// What libpq is told to connect so.
Parameters libpq_parameters(const ConnectionSettings& settings);

/// A session of the server's, over libpq. All failures are thrown as Error; after one, the pipeline's
/// usable() tells whether the session may serve again.
class Session {
 public:
  using Result = Pipeline::Result;
  using Texts = std::vector<const char*>;

  /// Connects to one of the hosts, which are made of the same settings; blocking. Throws Error{unavailable}
  /// with a message for the operator. `stopper`: see Pipeline.
  Session(const ConnectionSettings& settings, Hosts& hosts, std::shared_ptr<Waker> stopper = own_waker());

  /// To be called first: sets the search_path, unless that is each statement's to do, and compares the
  /// session with what the settings ask for. Throws Error{unavailable} with what differs and what to do.
  void establish(const ConnectionSettings& settings, const Patience& patience);

  /// Whether a pooler lies between here and the server. Then nothing is set for the session: other clients
  /// would find it. Each statement sets what it wants for itself (LocalSettings).
  bool pooled() const { return pooled_; }

  /// Behind a pooler, finds out what other clients or the pooler itself have set in the server's session.
  /// Throws Error{unavailable}, as it may be meant, or not.
  void check_nothing_left_behind(const std::string& extension_schema, const Patience& patience);

  /// An expression in SQL: the server's process, the database, and the settings that new sessions of this
  /// role get, as they are now.
  static const char* const kFingerprint;
  /// The same when the session began; empty behind a pooler, where that says little.
  const std::string& fingerprint() const { return fingerprint_; }

  /// Runs one statement; a value that is a null pointer is NULL.
  Result execute(const std::string& sql, const Texts& values, const Patience& patience);
  void prepare(const char* name, const std::string& sql, const Patience& patience);
  Result execute_prepared(const char* name, const Texts& values, const Patience& patience);

  /// The schema of the extension tailor_search, as a quoted identifier. Throws Error{unavailable} where it
  /// is not installed.
  std::string extension_schema(const Patience& patience);

  /// The application's schema, as the GUC search_path has it; null: the role's or the database's default.
  const char* search_path() const { return search_path_.empty() ? nullptr : search_path_.c_str(); }

  Pipeline& pipeline() { return pipeline_; }

 private:
  void check_options(const Patience& patience);

  Pipeline pipeline_;
  const std::string search_path_;
  bool pooled_ = false;
  std::string fingerprint_;
};

}  // namespace tailor::database
