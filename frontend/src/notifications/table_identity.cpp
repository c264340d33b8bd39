#include "notifications/table_identity.hpp"

#include "postgres/connection.hpp"
#include "postgres/queries.hpp"

namespace tailor::notifications {

std::string table_identity(const std::string& schema) {
  return "(WITH RECURSIVE named AS (SELECT t.relation::oid AS oid FROM " + schema +
         R"(.tailor_search_tables() AS t WHERE t.relation IS NOT NULL),
      every AS (SELECT n.oid FROM named AS n
                UNION SELECT i.inhrelid FROM every AS e JOIN pg_catalog.pg_inherits AS i ON i.inhparent = e.oid),
      part AS (SELECT 'relation', c.oid, 0, c.xmin FROM every AS e JOIN pg_catalog.pg_class AS c ON c.oid = e.oid
               UNION ALL SELECT 'column', a.attrelid, a.attnum, a.xmin
                 FROM named AS n JOIN pg_catalog.pg_attribute AS a ON a.attrelid = n.oid
               UNION ALL SELECT 'policy', p.oid, 0, p.xmin
                 FROM every AS e JOIN pg_catalog.pg_policy AS p ON p.polrelid = e.oid
               UNION ALL SELECT 'extension', x.oid, 0, x.xmin
                 FROM pg_catalog.pg_extension AS x WHERE x.extname = 'tailor_search')
    SELECT pg_catalog.hashtextextended(pg_catalog.string_agg(part::text, ' ' ORDER BY part::text), 0) FROM part))";
}

std::string question(const std::string& schema, bool pooled, const std::string& more) {
  const std::string settings = pooled ? postgres::settings_source({.search_path = true}, 1) : "";
  return "SELECT " + schema + ".tailor_search_notifies_changes(), " + table_identity(schema) + ", " +
         postgres::Connection::kFingerprint + more + settings;
}

}  // namespace tailor::notifications
