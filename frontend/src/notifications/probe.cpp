#include "notifications/probe.hpp"

#include "notifications/table_identity.hpp"

namespace tailor::notifications {

Probe::Probe(const postgres::ConnectionSettings& settings, postgres::Hosts& hosts, Deadline deadline)
    : session_(settings, hosts) {
  session_.establish(settings, deadline);
  // A pooler's standby is not known to be of the system that is listened to.
  statement_ = question(session_.extension(deadline).schema, session_.pooled(),
                        session_.pooled() ? ", pg_catalog.pg_notify('tailor_search', $2::text)"
                                          : ", CASE WHEN NOT pg_catalog.pg_is_in_recovery()"
                                            " THEN pg_catalog.pg_notify('tailor_search', $1::text) END");
}

Probe::Seen Probe::notify(const std::string& payload, Deadline deadline) {
  postgres::Session::Texts values;
  if (session_.pooled()) values.push_back(session_.search_path());
  values.push_back(payload.c_str());
  const auto seen = session_.execute(statement_, values, deadline);
  return {PQgetvalue(seen.get(), 0, 1), session_.pooled() ? "" : PQgetvalue(seen.get(), 0, 2),
          PQgetisnull(seen.get(), 0, 3) == 0};
}

}  // namespace tailor::notifications
