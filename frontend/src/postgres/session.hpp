#pragma once

#include <string>
#include <vector>

#include "postgres/hosts.hpp"
#include "postgres/pipeline.hpp"
#include "postgres/queries.hpp"

namespace tailor::postgres {

/// What DATABASE_URL says about a pooler such as PgBouncer.
enum class Pooling {
  unstated,     // nothing; a detected pooler is assumed to be in transaction mode
  session,      // a server session for the connection's whole life, so notifications arrive
  transaction,  // each transaction may run in another server session
};

struct ConnectionSettings {
  Parameters parameters;  // libpq's own keywords
  std::string schema;     // the application's, for the search_path; empty: the server's
  Pooling pooling = Pooling::unstated;
  std::string server_database;   // its name on the server if a pooler uses another; empty: the same
  std::string server_role;       // the same for the role
  Seconds statement_timeout{0};  // upper bound for the server's; 0: unchanged
  Seconds connect_timeout{5};    // for each host of the URL, and for the warm-up
  std::size_t max_answer_bytes = std::size_t{4} << 20U;
  bool shared = false;  // answers are shared through Redis, which needs their origin
};

/// The connection parameters for libpq.
Parameters libpq_parameters(const ConnectionSettings& settings);

/// Whether a session with this Session::fingerprint() reads the same database with the same settings as one
/// with the fingerprint `wanted`: of that server, or of a standby of its system.
bool is_alike(const std::string& seen, const std::string& wanted);

/// A server session over libpq. Failures are thrown as Error; afterwards the pipeline's usable() returns
/// whether the session can be used again.
class Session {
 public:
  using Result = Pipeline::Result;
  using Texts = std::vector<const char*>;

  /// Connects to one of the hosts, which were made from the same settings. Blocks. Throws Error{unavailable}
  /// with a message for the operator. `canceller`: see Pipeline.
  Session(const ConnectionSettings& settings, Hosts& hosts, std::shared_ptr<Waker> canceller = own_waker());

  /// Called first: sets the search_path (behind a pooler each statement does), and compares the session with
  /// the settings. Throws Error{unavailable} with what differs and what to do.
  void establish(const ConnectionSettings& settings, const WaitOptions& options);

  /// Whether a pooler was detected. Then nothing is set for the session, which other clients share; each
  /// statement sets what it needs (LocalSettings).
  bool pooled() const { return pooled_; }

  /// Behind a pooler, checks for settings that other clients or the pooler left in the server session. Throws
  /// Error{unavailable}, because they may be intended or not.
  void check_nothing_left_behind(const std::string& extension_schema, const WaitOptions& options);

  /// An SQL expression: the server process (or that it is a standby), the system, the database, and the
  /// current settings of new sessions of this role.
  static const char* const kFingerprint;
  /// Its value when the session began; empty behind a pooler, where it is not meaningful.
  const std::string& fingerprint() const { return fingerprint_; }

  /// Runs one statement. A null pointer means NULL.
  Result execute(const std::string& sql, const Texts& values, const WaitOptions& options);
  void prepare(const char* name, const std::string& sql, const WaitOptions& options);
  Result execute_prepared(const char* name, const Texts& values, const WaitOptions& options);

  /// The installed extension. Throws Error{unavailable} if it is not installed.
  Extension extension(const WaitOptions& options);

  /// The search_path for the application's schema; null: the role's or database's default.
  const char* search_path() const { return search_path_.empty() ? nullptr : search_path_.c_str(); }

  Pipeline& pipeline() { return pipeline_; }

 private:
  void check_options(const WaitOptions& options);

  Pipeline pipeline_;
  const std::string search_path_;
  bool pooled_ = false;
  std::string fingerprint_;
};

}  // namespace tailor::postgres
