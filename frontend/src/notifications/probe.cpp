#include "notifications/probe.hpp"

#include "notifications/table_identity.hpp"

namespace tailor::notifications {

Probe::Probe(const postgres::ConnectionSettings& settings, postgres::Hosts& hosts, Deadline deadline)
    : session_(settings, hosts) {
  session_.establish(settings, deadline);
  statement_ = question(session_.extension(deadline).schema, session_.pooled(),
                        std::string(", pg_catalog.pg_notify('tailor_search', ") +
                            (session_.pooled() ? "$2" : "$1") + "::text)");
}

Probe::Seen Probe::notify(const std::string& payload, Deadline deadline) {
  postgres::Session::Texts values;
  if (session_.pooled()) values.push_back(session_.search_path());
  values.push_back(payload.c_str());
  const auto seen = session_.execute(statement_, values, deadline);
  return {PQgetvalue(seen.get(), 0, 1), session_.pooled() ? "" : PQgetvalue(seen.get(), 0, 2)};
}

}  // namespace tailor::notifications
