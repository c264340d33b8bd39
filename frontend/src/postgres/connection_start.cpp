#include "postgres/connection.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "postgres/options.hpp"

namespace tailor::postgres {
namespace {

// A row for each argument of the installed extension's search, with its schema; no row if it is not
// installed.
constexpr const char* kExtension = R"(
  SELECT n.nspname, argument
  FROM pg_catalog.pg_extension AS e JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
  LEFT JOIN pg_catalog.pg_proc AS p ON p.pronamespace = n.oid AND p.proname = 'tailor_search_page'
  LEFT JOIN pg_catalog.unnest(p.proargnames[:p.pronargs]) AS argument ON true
  WHERE e.extname = 'tailor_search')";

constexpr const char* kWhatItIs =
    "SELECT pg_catalog.pg_backend_pid(), session_user, pg_catalog.current_database()";

// Compares a setting with the wanted value in its normalised form, which is set for this statement alone.
constexpr const char* kCompareSetting =
    "SELECT pg_catalog.current_setting($1, true) = pg_catalog.set_config($1, $2, true)";

// Calling a function of the extension loads its library, which defines its settings.
std::string compare_with_defaults(const std::string& extension_schema) {
  return "SELECT name, pg_catalog.current_setting(name, true), pg_catalog.set_config(name, NULL, true)"
         " FROM (SELECT pg_catalog.count(*) FROM " +
         extension_schema +
         ".tailor_search_tables() OFFSET 0) AS loaded, pg_catalog.unnest($1::text[]) AS name";
}

[[noreturn]] void refuse(const std::string& message) {
  throw Error(Failure::unavailable, message);
}

// Supabase's pooler accepts `user.tenant` and connects as `user`.
bool is_of_tenant(std::string_view asked, std::string_view role) {
  return asked.size() > role.size() + 1 && asked.starts_with(role) && asked[role.size()] == '.' &&
         asked.find('.', role.size() + 1) == std::string_view::npos;
}

// Compares the server's name of a thing with the one in the URL.
void check_name(const char* thing, const char* parameter, const std::string& asked, const std::string& stated,
                const std::string& found) {
  if (found == (stated.empty() ? asked : stated)) return;
  refuse(std::string{"the server's "} + thing + " is \"" + found + "\", and DATABASE_URL asks for \"" +
         (stated.empty() ? asked : stated) + "\": a pooler makes another one of it. If that is meant, say " +
         parameter + "=" + found + " in DATABASE_URL");
}

std::string text(const Connection::Result& result, int row, int column) {
  return PQgetvalue(result.get(), row, column);
}

}  // namespace

const char* const Connection::kFingerprint = R"((
  SELECT pg_catalog.concat_ws(' ',
    CASE WHEN pg_catalog.pg_is_in_recovery() THEN 'standby'
      ELSE extract(epoch FROM pg_catalog.pg_postmaster_start_time())::text END,
    (SELECT system_identifier FROM pg_catalog.pg_control_system()), d.oid,
    (SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'tailor_search'),
    (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', s.setdatabase, s.setrole, s.setconfig::text), ' '
                                  ORDER BY s.setdatabase, s.setrole)
     FROM pg_catalog.pg_db_role_setting AS s
     WHERE s.setdatabase IN (0, d.oid)
       AND (s.setrole = 0 OR s.setrole = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = session_user))))
  FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()))";

bool is_alike(const std::string& seen, const std::string& wanted) {
  if (seen == wanted) return true;
  const auto without_server = [](const std::string& text) {
    return text.substr(std::min(text.find(' '), text.size()));
  };
  return seen.starts_with("standby ") && without_server(seen) == without_server(wanted);
}

// The search_path is not sent as a startup parameter, because poolers refuse or ignore it there. A pooler is
// detected by the process id in its startup message, which differs from the backend's.
void Connection::establish(const ConnectionSettings& settings, const WaitOptions& options) {
  const Startup asked = startup();
  const Result is = execute(kWhatItIs, {}, options);
  const bool found = text(is, 0, 0) != std::to_string(asked.process);
  pooled_ = found || settings.pooling == Pooling::transaction;
  if (!is_of_tenant(asked.user, text(is, 0, 1)))
    check_name("role", "server_role", asked.user, settings.server_role, text(is, 0, 1));
  check_name("database", "server_database", asked.database, settings.server_database, text(is, 0, 2));
  if (found) check_options(options);
  if (pooled_) return;
  fingerprint_ = text(execute(std::string{"SELECT "} + kFingerprint, {}, options), 0, 0);
  if (search_path() != nullptr)
    execute("SELECT pg_catalog.set_config('search_path', $1, false)", {search_path()}, options);
}

void Connection::check_options(const WaitOptions& options) {
  for (const auto& [name, value] : settings_in_options(startup().options)) {
    if (name == "search_path" && search_path() != nullptr) continue;
    const Result same = execute(kCompareSetting, {name.c_str(), value.c_str()}, options);
    if (text(same, 0, 0) == "t") continue;
    std::string message = "the pooler has ignored options, which DATABASE_URL or PGOPTIONS has: ";
    message.append(name).append(" is not what it asks for. Set it by ALTER ROLE … SET ").append(name);
    refuse(message += " and leave it out there; for the search_path, say schema=… in DATABASE_URL");
  }
}

void Connection::check_nothing_left_behind(const std::string& extension_schema, const WaitOptions& options) {
  if (!pooled_) return;
  std::string names = search_path() == nullptr ? "{search_path" : "{";
  for (const std::string_view name : kTableSettings) {
    if (names.size() > 1) names += ',';
    names += name;
  }
  const Result settings = execute(compare_with_defaults(extension_schema), {(names + '}').c_str()}, options);
  for (int row = 0; row < PQntuples(settings.get()); ++row) {
    if (text(settings, row, 1) == text(settings, row, 2)) continue;
    const std::string name = text(settings, row, 0);
    refuse("another client of the pooler has left " + name +
           " changed, or the pooler's connect_query sets it: " + "it is '" + text(settings, row, 1) +
           "', by default '" + text(settings, row, 2) + "'. " +
           (name == "search_path" ? "Say schema=… in DATABASE_URL"
                                  : "What is meant is set by ALTER ROLE … SET " + name));
  }
}

Extension Connection::extension(const WaitOptions& options) {
  const Result found = execute(kExtension, {}, options);
  if (PQntuples(found.get()) == 0) {
    throw Error(Failure::unavailable,
                "extension tailor_search is not installed: run CREATE EXTENSION tailor_search CASCADE");
  }
  std::vector<std::string> arguments;
  for (int row = 0; row < PQntuples(found.get()); ++row) {
    if (PQgetisnull(found.get(), row, 1) == 0) arguments.push_back(text(found, row, 1));
  }
  return {quoted(PQgetvalue(found.get(), 0, 0)), std::move(arguments)};
}

Connection::Startup Connection::startup() {
  const Lock lock(mutex_);
  const PGconn* const connection = connection_.get();
  return {PQuser(connection), PQdb(connection), PQoptions(connection), PQbackendPID(connection)};
}

std::string Connection::quoted(std::string_view name) {
  const Lock lock(mutex_);
  const std::unique_ptr<char, decltype(&PQfreemem)> identifier(
      PQescapeIdentifier(connection_.get(), name.data(), name.size()), &PQfreemem);
  if (!identifier) throw Error(Failure::internal, one_line(PQerrorMessage(connection_.get())));
  return identifier.get();
}

}  // namespace tailor::postgres
