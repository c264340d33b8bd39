#include "database/session.hpp"

#include <cmath>
#include <utility>

#include "log.hpp"

namespace tailor::database {
namespace {

constexpr Seconds kStop{1};  // for a query that was cancelled to end

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

void log_notice(void*, const char* message) {
  log::debug("notice").with("message", one_line(message));
}

}  // namespace

Parameters libpq_parameters(const ConnectionSettings& settings) {
  Parameters parameters = settings.parameters;
  const auto seconds = static_cast<long>(std::ceil(settings.connect_timeout.count()));
  parameters["connect_timeout"] = std::to_string(seconds);
  parameters["client_encoding"] = "UTF8";
  // A server that vanished is noticed in bounded time, also by PQcancel.
  parameters.try_emplace("tcp_user_timeout", std::to_string(seconds * 1000));
  parameters.try_emplace("fallback_application_name", "tailor-frontend");
  if (!settings.schema.empty() && !settings.pgbouncer) {
    std::string& options = parameters["options"];
    options += (options.empty() ? "" : " ") +
               ("-c search_path=" + escaped_for_options(quoted_identifier(settings.schema)));
  }
  return parameters;
}

Session::Session(const ConnectionSettings& settings, Hosts& hosts)
    : connection_(nullptr, &PQfinish),
      search_path_(settings.schema.empty() ? "" : quoted_identifier(settings.schema)) {
  Hosts::Connected connected = hosts.connect();
  place_ = std::move(connected.place);
  connection_ = std::move(connected.handle);
  PQsetNoticeProcessor(connection_.get(), log_notice, nullptr);
  PQsetnonblocking(connection_.get(), 1);
}

Session::Result Session::execute(const std::string& sql, const Texts& values, const Patience& patience) {
  if (PQsendQueryParams(connection_.get(), sql.c_str(), static_cast<int>(values.size()), nullptr,
                        values.data(), nullptr, nullptr, 0) == 0) {
    lose();
  }
  return receive(patience);
}

void Session::prepare(const char* name, const std::string& sql, const Patience& patience) {
  if (PQsendPrepare(connection_.get(), name, sql.c_str(), 0, nullptr) == 0) lose();
  receive(patience);
}

Session::Result Session::execute_prepared(const char* name, const Texts& values, const Patience& patience) {
  if (PQsendQueryPrepared(connection_.get(), name, static_cast<int>(values.size()), values.data(), nullptr,
                          nullptr, 0) == 0) {
    lose();
  }
  return receive(patience);
}

std::string Session::extension_schema(const Patience& patience) {
  const Result schema = execute(kExtensionSchema, {}, patience);
  if (PQntuples(schema.get()) == 0) {
    throw Error(Failure::unavailable,
                "extension tailor_search is not installed: run CREATE EXTENSION tailor_search CASCADE");
  }
  const char* name = PQgetvalue(schema.get(), 0, 0);
  const auto length = static_cast<std::size_t>(PQgetlength(schema.get(), 0, 0));
  const std::unique_ptr<char, decltype(&PQfreemem)> identifier(
      PQescapeIdentifier(connection_.get(), name, length), &PQfreemem);
  if (!identifier) lose();
  return identifier.get();
}

// The statement's one result, once the server is ready for the next statement.
Session::Result Session::receive(const Patience& patience) {
  for (int unsent = 1; unsent != 0;) {
    unsent = PQflush(connection_.get());
    if (unsent < 0) lose();
    if (unsent > 0) await(POLLIN | POLLOUT, patience);
    if (unsent > 0 && PQconsumeInput(connection_.get()) == 0) lose();
  }
  Result kept(nullptr, &PQclear);
  for (;;) {
    while (PQisBusy(connection_.get()) != 0) {
      await(POLLIN, patience);
      if (PQconsumeInput(connection_.get()) == 0) lose();
    }
    Result next(PQgetResult(connection_.get()), &PQclear);
    if (!next) break;
    if (!kept) kept = std::move(next);
  }
  const auto status = PQresultStatus(kept.get());
  if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) return kept;
  const Error error = error_from(kept.get());
  broken_ = PQstatus(connection_.get()) != CONNECTION_OK || is_of_the_connection(error.failure());
  throw error;
}

void Session::await(short events, const Patience& patience) {
  const Woken woken = tailor::wait_for(PQsocket(connection_.get()), events, patience);
  if (woken == Woken::ready) return;
  broken_ = abandoned_ = true;
  if (woken == Woken::left) throw Error(Failure::client_left, "the client left before the answer came");
  throw Error(Failure::query_timeout, "no answer from the database in time");
}

void Session::lose() {
  broken_ = true;
  throw Error(Failure::connection_lost, one_line(PQerrorMessage(connection_.get())));
}

bool Session::alive() {
  // What an idle connection gets to read is a notice, or a last message and, in the next read, the end.
  for (pollfd socket{PQsocket(connection_.get()), POLLIN, 0}; !broken_ && poll(&socket, 1, 0) != 0;) {
    broken_ = PQconsumeInput(connection_.get()) == 0;
    PQisBusy(connection_.get());  // makes libpq take in what it read
  }
  return !broken_;
}

// A query that was cancelled has had its cancellation: what is asked next is safe from it. One that ended in
// another way has not, and behind a pooler the cancellation may still be on its way.
bool Session::stop_abandoned() {
  if (!std::exchange(abandoned_, false)) return false;
  cancel();
  bool cancelled = false;
  try {
    receive(after(kStop));
  } catch (const Error& error) {
    cancelled = error.failure() == Failure::query_timeout && !abandoned_;
  }
  broken_ = !cancelled;
  return cancelled;
}

void Session::cancel() {
  const std::unique_ptr<PGcancel, decltype(&PQfreeCancel)> request(PQgetCancel(connection_.get()),
                                                                   &PQfreeCancel);
  char reason[256];
  if (request && PQcancel(request.get(), reason, sizeof reason) == 0) {
    log::debug("cancel_failed").with("reason", one_line(reason));
  }
}

std::optional<std::string> Session::next_notification() {
  const std::unique_ptr<PGnotify, decltype(&PQfreemem)> notification(PQnotifies(connection_.get()),
                                                                     &PQfreemem);
  if (!notification) return std::nullopt;
  return notification->extra;
}

}  // namespace tailor::database
