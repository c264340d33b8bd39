#pragma once

#include <string>

#include "postgres/connection.hpp"

namespace tailor::notifications {

/// A session to where the pool's connections lead, for a listener with a URL of its own: what it notifies
/// arrives at the listener only if both lead to the same server and database.
class Probe {
 public:
  /// Connects by the pool's settings. Throws Error.
  Probe(const postgres::ConnectionSettings& settings, postgres::Hosts& hosts, Deadline deadline);

  struct Seen {
    std::string tables;       // see table_identity()
    std::string fingerprint;  // empty behind a pooler
    bool sent;                // false: it is a standby, which cannot notify
  };

  /// Notifies all listeners, and returns what the pool's connections see. Throws Error, also where a
  /// pooler leads to a standby.
  Seen notify(const std::string& payload, Deadline deadline);

 private:
  postgres::Connection connection_;
  std::string statement_;
};

}  // namespace tailor::notifications
