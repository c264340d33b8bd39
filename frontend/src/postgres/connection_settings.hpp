#pragma once

#include <cstddef>
#include <string>

#include "base/deadline.hpp"
#include "postgres/hosts.hpp"

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

}  // namespace tailor::postgres
