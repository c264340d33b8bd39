#include "postgres/error.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace tailor::postgres {
namespace {

std::string_view field(const PGresult* result, int code) {
  const char* value = PQresultErrorField(result, code);
  return value == nullptr ? std::string_view{} : std::string_view{value};
}

// SQLSTATEs by prefix, longer ones first (PostgreSQL's appendix A).
Failure failure_of(std::string_view sqlstate) {
  struct Rule {
    std::string_view prefix;
    Failure failure;
  };
  static constexpr std::array<Rule, 16> rules{{
      {"57014", Failure::query_timeout},    // statement_timeout, or cancelled
      {"57P", Failure::connection_lost},    // shutdown, crash recovery, cannot connect now
      {"08", Failure::connection_lost},     // connection exception
      {"25P03", Failure::connection_lost},  // idle in transaction timeout
      {"40", Failure::conflict},            // deadlock, serialization failure, recovery conflict
      {"53", Failure::unavailable},         // out of memory, disk or connections
      {"42P13", Failure::old_library},      // a function has arguments that the library does not know
      {"42883", Failure::old_library},      // a function is not in the library
      {"42", Failure::stale_session},       // something is undefined, or no longer permitted
      {"3F", Failure::stale_session},       // schema undefined
      {"26", Failure::stale_session},       // prepared statement undefined
      {"0A000", Failure::stale_session},    // cached plan must not change its result type
      {"22021", Failure::unreadable_data},  // not valid in its encoding, and parameters are UTF-8
      {"22P05", Failure::untranslatable},   // no equivalent in the other encoding
      {"XX", Failure::suspect_session},     // internal error, or an object dropped while it was looked at
      {"", Failure::internal},
  }};
  return std::ranges::find_if(rules, [&](const Rule& rule) { return sqlstate.starts_with(rule.prefix); })
      ->failure;
}

std::string describe(const PGresult* result, std::string_view sqlstate) {
  std::string text{field(result, PG_DIAG_MESSAGE_PRIMARY)};
  if (text.empty()) return one_line(PQresultErrorMessage(result));
  const auto add = [&text](std::string_view more) {
    if (!more.empty()) text.append("; ").append(more);
  };
  add(field(result, PG_DIAG_MESSAGE_DETAIL));
  add(field(result, PG_DIAG_MESSAGE_HINT));
  // A prepared statement that is missing or exists already: a pooler shares the server's session.
  if (sqlstate == "26000" || sqlstate == "42P05") {
    add("behind a pooler in transaction mode say pgbouncer=true in DATABASE_URL");
  }
  if (sqlstate == "42883") {
    add("where the extension is older than this program: ALTER EXTENSION tailor_search UPDATE");
  }
  return one_line(text.append(" (SQLSTATE ").append(sqlstate).append(")"));
}

// The server ends its own sessions with FATAL. With ERROR the session goes on, and the server of a foreign
// table was lost. Poolers report their own trouble as a protocol violation.
bool is_of_foreign_server(const PGresult* result, std::string_view sqlstate) {
  return field(result, PG_DIAG_SEVERITY_NONLOCALIZED) == "ERROR" && sqlstate != "08P01" &&
         (sqlstate.starts_with("08") || sqlstate.starts_with("57P"));
}

}  // namespace

Error error_from(const PGresult* result) {
  const std::string_view sqlstate = field(result, PG_DIAG_SQLSTATE);
  const std::string_view argument = field(result, PG_DIAG_COLUMN_NAME);
  if ((sqlstate == "22023" || sqlstate == "22004") && !argument.empty()) {
    return {Failure::bad_argument, std::string{field(result, PG_DIAG_MESSAGE_PRIMARY)},
            std::string{argument}};
  }
  if (is_of_foreign_server(result, sqlstate)) return {Failure::foreign_server, describe(result, sqlstate)};
  return {sqlstate.empty() ? Failure::connection_lost : failure_of(sqlstate), describe(result, sqlstate)};
}

std::string one_line(std::string_view message) {
  while (!message.empty() && (message.back() == '\n' || message.back() == ' ')) message.remove_suffix(1);
  std::string line{message};
  std::ranges::replace(line, '\n', ' ');
  return line;
}

}  // namespace tailor::postgres
