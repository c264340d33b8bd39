#include "database/connection.hpp"

#include <poll.h>
#include <spdlog/spdlog.h>

#include <cmath>

namespace tailor::database {
namespace {

constexpr SearchValues warm_up_values() {
  SearchValues values;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (kSearchParameters[i].otherwise != nullptr) values[i] = kSearchParameters[i].otherwise;
  }
  values[kLatitude] = values[kLongitude] = "0";
  return values;
}

std::string quoted(std::string_view identifier) {
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
  spdlog::debug("event=notice message=\"{}\"", one_line(message));
}

std::map<std::string, std::string> libpq_parameters(const ConnectionSettings& settings,
                                                    const std::string& search_path) {
  auto parameters = settings.parameters;
  const auto seconds = static_cast<long>(std::ceil(settings.connect_timeout.count()));
  parameters["connect_timeout"] = std::to_string(seconds);
  parameters["client_encoding"] = "UTF8";
  // A server that vanished is noticed in bounded time, also by PQcancel.
  parameters.try_emplace("tcp_user_timeout", std::to_string(seconds * 1000));
  parameters.try_emplace("fallback_application_name", "tailor-frontend");
  if (!search_path.empty() && !settings.pgbouncer) {
    std::string& options = parameters["options"];
    options += (options.empty() ? "" : " ") + ("-c search_path=" + escaped_for_options(search_path));
  }
  return parameters;
}

}  // namespace

Connection::Connection(const ConnectionSettings& settings)
    : search_path_(settings.schema.empty() ? "" : quoted(settings.schema)), pgbouncer_(settings.pgbouncer) {
  open(settings);
  try {
    prepare_session(after(settings.connect_timeout));
  } catch (const Error& error) {
    cancel_abandoned();
    throw Error(Failure::unavailable, error.what());
  }
}

// Blocking: libpq bounds connecting to each host itself, and only in this form.
void Connection::open(const ConnectionSettings& settings) {
  const auto parameters = libpq_parameters(settings, search_path_);
  Texts keywords;
  Texts values;
  for (const auto& [keyword, value] : parameters) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  connection_.reset(PQconnectdbParams(keywords.data(), values.data(), 0));
  if (PQstatus(connection_.get()) != CONNECTION_OK) {
    throw Error(Failure::unavailable, one_line(PQerrorMessage(connection_.get())));
  }
  PQsetNoticeProcessor(connection_.get(), log_notice, nullptr);
  PQsetnonblocking(connection_.get(), 1);
}

void Connection::prepare_session(Deadline deadline) {
  queries_.emplace(extension_schema(deadline), pgbouncer_ && !search_path_.empty());
  if (!pgbouncer_) {
    for (const Statement* statement :
         {&queries_->search_at, &queries_->search_place, &queries_->tailor_by_id}) {
      if (PQsendPrepare(connection_.get(), statement->name, statement->sql.c_str(), 0, nullptr) == 0) lose();
      receive(deadline);
    }
  }
  SearchValues values = warm_up_values();
  search(values, deadline);
  values[kLocation] = "MG_ROAD";  // among crowds of tailors in the application's data; else no harm is done
  search(values, deadline);
  tailor("", deadline);
}

std::string Connection::extension_schema(Deadline deadline) {
  const auto schema = [&] {
    if (PQsendQueryParams(connection_.get(), kExtensionSchema, 0, nullptr, nullptr, nullptr, nullptr, 0) ==
        0) {
      lose();
    }
    return receive(deadline);
  }();
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

std::optional<std::string> Connection::search(const SearchValues& values, Deadline deadline) {
  const Statement& statement = values[kLocation] ? queries_->search_place : queries_->search_at;
  Texts texts;
  for (const std::size_t i : statement.values) texts.push_back(values[i] ? values[i]->c_str() : nullptr);
  return run(statement, std::move(texts), deadline);
}

std::optional<std::string> Connection::tailor(const std::string& id, Deadline deadline) {
  return run(queries_->tailor_by_id, {id.c_str()}, deadline);
}

std::optional<std::string> Connection::run(const Statement& statement, Texts texts, Deadline deadline) {
  if (pgbouncer_ && !search_path_.empty()) texts.push_back(search_path_.c_str());
  send(statement, texts);
  const Result result = receive(deadline);
  if (PQntuples(result.get()) == 0 || PQgetisnull(result.get(), 0, 0) != 0) return std::nullopt;
  return std::string(PQgetvalue(result.get(), 0, 0),
                     static_cast<std::size_t>(PQgetlength(result.get(), 0, 0)));
}

void Connection::send(const Statement& statement, const Texts& texts) {
  const auto count = static_cast<int>(texts.size());
  const int sent = pgbouncer_ ? PQsendQueryParams(connection_.get(), statement.sql.c_str(), count, nullptr,
                                                  texts.data(), nullptr, nullptr, 0)
                              : PQsendQueryPrepared(connection_.get(), statement.name, count, texts.data(),
                                                    nullptr, nullptr, 0);
  if (sent == 0) lose();
}

// The statement's one result, once the server is ready for the next statement.
Connection::Result Connection::receive(Deadline deadline) {
  for (int unsent = 1; unsent != 0;) {
    unsent = PQflush(connection_.get());
    if (unsent < 0) lose();
    if (unsent > 0) wait_for(POLLIN | POLLOUT, deadline);
    if (unsent > 0 && PQconsumeInput(connection_.get()) == 0) lose();
  }
  Result kept(nullptr, &PQclear);
  for (;;) {
    while (PQisBusy(connection_.get()) != 0) {
      wait_for(POLLIN, deadline);
      if (PQconsumeInput(connection_.get()) == 0) lose();
    }
    Result next(PQgetResult(connection_.get()), &PQclear);
    if (!next) break;
    if (!kept) kept = std::move(next);
  }
  const auto status = PQresultStatus(kept.get());
  if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) return kept;
  const Error error = error_from(kept.get());
  broken_ = PQstatus(connection_.get()) != CONNECTION_OK || error.failure() == Failure::connection_lost ||
            error.failure() == Failure::stale_session;
  throw error;
}

void Connection::wait_for(short events, Deadline deadline) {
  pollfd socket{PQsocket(connection_.get()), events, 0};
  int ready = 0;
  do {
    ready = poll(&socket, 1, milliseconds_until(deadline));
  } while (ready < 0 && errno == EINTR);
  if (ready > 0) return;
  broken_ = abandoned_ = true;
  throw Error(Failure::query_timeout, "no answer from the database in time");
}

void Connection::lose() {
  broken_ = true;
  throw Error(Failure::connection_lost, one_line(PQerrorMessage(connection_.get())));
}

bool Connection::alive() {
  // What an idle connection gets to read is a notice, or a last message and, in the next read, the end.
  for (pollfd socket{PQsocket(connection_.get()), POLLIN, 0}; !broken_ && poll(&socket, 1, 0) != 0;) {
    broken_ = PQconsumeInput(connection_.get()) == 0;
    PQisBusy(connection_.get());  // makes libpq take in what it read
  }
  return !broken_;
}

void Connection::cancel_abandoned() {
  if (!abandoned_) return;
  const std::unique_ptr<PGcancel, decltype(&PQfreeCancel)> cancel(PQgetCancel(connection_.get()),
                                                                  &PQfreeCancel);
  char reason[256];
  if (cancel && PQcancel(cancel.get(), reason, sizeof reason) == 0) {
    spdlog::debug("event=cancel_failed reason=\"{}\"", one_line(reason));
  }
}

}  // namespace tailor::database
