#include "database/session.hpp"

#include <cmath>
#include <string_view>
#include <utility>

namespace tailor::database {
namespace {

// Names the schema of the installed extension; no row when it is not installed.
constexpr const char* kExtensionSchema =
    "SELECT n.nspname FROM pg_catalog.pg_extension AS e"
    " JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'tailor_search'";

std::string quoted_identifier(std::string_view identifier) {
  std::string text = "\"";
  for (const char c : identifier) text.append(c == '"' ? 2 : 1, c);
  return text += '"';
}

// The server splits `options` at blanks; a backslash keeps one (and itself).
std::string escaped_for_options(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == ' ' || c == '\\' || (c >= '\t' && c <= '\r')) text += '\\';
    text += c;
  }
  return text;
}

}  // namespace

Parameters libpq_parameters(const ConnectionSettings& settings) {
  Parameters parameters = settings.parameters;
  const auto seconds = static_cast<long>(std::ceil(settings.connect_timeout.count()));
  parameters["connect_timeout"] = std::to_string(seconds);
  parameters["client_encoding"] = "UTF8";
  // A server that vanished is noticed in bounded time.
  parameters.try_emplace("tcp_user_timeout", std::to_string(seconds * 1000));
  parameters.try_emplace("fallback_application_name", "tailor-frontend");
  if (!settings.schema.empty() && !settings.pgbouncer) {
    std::string& options = parameters["options"];
    options += (options.empty() ? "" : " ") +
               ("-c search_path=" + escaped_for_options(quoted_identifier(settings.schema)));
  }
  return parameters;
}

Session::Session(const ConnectionSettings& settings, Hosts& hosts, std::shared_ptr<Waker> stopper)
    : pipeline_(hosts.connect(), std::move(stopper)),
      search_path_(settings.schema.empty() ? "" : quoted_identifier(settings.schema)) {}

Session::Result Session::execute(const std::string& sql, const Texts& values, const Patience& patience) {
  return pipeline_.run(
      [&](PGconn* connection) {
        return PQsendQueryParams(connection, sql.c_str(), static_cast<int>(values.size()), nullptr,
                                 values.data(), nullptr, nullptr, 0);
      },
      patience);
}

void Session::prepare(const char* name, const std::string& sql, const Patience& patience) {
  pipeline_.run([&](PGconn* connection) { return PQsendPrepare(connection, name, sql.c_str(), 0, nullptr); },
                patience);
}

Session::Result Session::execute_prepared(const char* name, const Texts& values, const Patience& patience) {
  return pipeline_.run(
      [&](PGconn* connection) {
        return PQsendQueryPrepared(connection, name, static_cast<int>(values.size()), values.data(), nullptr,
                                   nullptr, 0);
      },
      patience);
}

std::string Session::extension_schema(const Patience& patience) {
  const Result schema = execute(kExtensionSchema, {}, patience);
  if (PQntuples(schema.get()) == 0) {
    throw Error(Failure::unavailable,
                "extension tailor_search is not installed: run CREATE EXTENSION tailor_search CASCADE");
  }
  return pipeline_.quoted(PQgetvalue(schema.get(), 0, 0));
}

}  // namespace tailor::database
