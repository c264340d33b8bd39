#include "notifications/probe.hpp"

#include "notifications/table_identity.hpp"

namespace tailor::notifications {

Probe::Probe(const postgres::ConnectionSettings& settings, postgres::Hosts& hosts, Deadline deadline)
    : connection_(settings, hosts) {
  connection_.establish(settings, deadline);
  // A pooler's standby is not known to be of the system that is listened to.
  statement_ = question(connection_.extension(deadline).schema, connection_.pooled(),
                        connection_.pooled() ? ", pg_catalog.pg_notify('tailor_search', $2::text)"
                                             : ", CASE WHEN NOT pg_catalog.pg_is_in_recovery()"
                                               " THEN pg_catalog.pg_notify('tailor_search', $1::text) END");
}

Probe::Seen Probe::notify(const std::string& payload, Deadline deadline) {
  postgres::Connection::Texts values;
  if (connection_.pooled()) values.push_back(connection_.search_path());
  values.push_back(payload.c_str());
  const auto seen = connection_.execute(statement_, values, deadline);
  return {PQgetvalue(seen.get(), 0, 1), connection_.pooled() ? "" : PQgetvalue(seen.get(), 0, 2),
          PQgetisnull(seen.get(), 0, 3) == 0};
}

}  // namespace tailor::notifications
