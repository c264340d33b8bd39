#pragma once

#include <string>
#include <vector>

#include "database/hosts.hpp"
#include "database/pipeline.hpp"

namespace tailor::database {

struct ConnectionSettings {
  Parameters parameters;         // libpq's own keywords
  std::string schema;            // the application's, for the search_path; empty: the server's
  bool pgbouncer = false;        // neither named statements nor session state
  Seconds statement_timeout{0};  // of the server, at most; 0: as it is
  Seconds connect_timeout{5};    // for each host of the URL, and for the warm-up
  std::size_t max_answer_bytes = std::size_t{4} << 20U;
  bool shared = false;  // answers are shared among instances, so each tells its origin
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

  /// Runs one statement; a value that is a null pointer is NULL.
  Result execute(const std::string& sql, const Texts& values, const Patience& patience);
  void prepare(const char* name, const std::string& sql, const Patience& patience);
  Result execute_prepared(const char* name, const Texts& values, const Patience& patience);

  /// The schema of the extension tailor_search, as a quoted identifier. Throws Error{unavailable} where it
  /// is not installed.
  std::string extension_schema(const Patience& patience);

  /// The application's schema, as the GUC search_path has it; empty: the server's own.
  const std::string& search_path() const { return search_path_; }

  Pipeline& pipeline() { return pipeline_; }

 private:
  Pipeline pipeline_;
  std::string search_path_;
};

}  // namespace tailor::database
