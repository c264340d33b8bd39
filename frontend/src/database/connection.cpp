#include "database/connection.hpp"

namespace tailor::database {
namespace {

// Whoever set a stricter one meant it. So the server stops for who vanished, too.
constexpr const char* kLimitStatements =
    "SELECT pg_catalog.set_config(name, $1, false) FROM pg_catalog.pg_settings"
    " WHERE name = 'statement_timeout' AND (setting = '0' OR setting::bigint > $1::bigint)";

constexpr SearchValues warm_up_values() {
  SearchValues values;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (kSearchParameters[i].otherwise != nullptr) values[i] = kSearchParameters[i].otherwise;
  }
  values[kLatitude] = values[kLongitude] = "0";
  return values;
}

// Of the one row that there may be; nothing also for a column that the statement does not have.
std::optional<std::string> value(const PGresult& result, int column) {
  if (PQntuples(&result) == 0 || column >= PQnfields(&result) || PQgetisnull(&result, 0, column) != 0)
    return std::nullopt;
  return std::string(PQgetvalue(&result, 0, column),
                     static_cast<std::size_t>(PQgetlength(&result, 0, column)));
}

}  // namespace

Connection::Connection(const ConnectionSettings& settings, Hosts& hosts)
    : session_(settings, hosts),
      pgbouncer_(settings.pgbouncer),
      sets_search_path_(settings.pgbouncer && !session_.search_path().empty()) {
  try {
    prepare(settings);
  } catch (const Error& error) {
    stop_abandoned();
    throw Error(Failure::unavailable, error.what());
  }
}

void Connection::prepare(const ConnectionSettings& settings) {
  const Deadline deadline = after(settings.connect_timeout);
  const std::string schema = session_.extension_schema(deadline);
  queries_.emplace(schema, LocalSettings{.search_path = sets_search_path_});
  traced_queries_.emplace(schema, LocalSettings{.search_path = sets_search_path_, .application_name = true});
  if (!pgbouncer_) {
    for (const Statement* statement :
         {&queries_->search_at, &queries_->search_place, &queries_->tailor_by_id})
      session_.prepare(statement->name, statement->sql, deadline);
  }
  SearchValues values = warm_up_values();
  search(values, deadline, {});
  values[kLocation] = "MG_ROAD";  // among crowds of tailors in the application's data; else no harm is done
  search(values, deadline, {});
  tailor("", deadline, {});
  if (!pgbouncer_ && settings.statement_timeout > Seconds{0}) {
    const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(settings.statement_timeout);
    session_.execute(kLimitStatements, {std::to_string(milliseconds.count()).c_str()}, deadline);
  }
}

Answer Connection::search(const SearchValues& values, const Patience& patience, const std::string& trace) {
  const Queries& queries = queries_for(trace);
  const Statement& statement = values[kLocation] ? queries.search_place : queries.search_at;
  Session::Texts texts;
  for (const std::size_t i : statement.values) texts.push_back(values[i] ? values[i]->c_str() : nullptr);
  return run(statement, std::move(texts), patience, trace);
}

Answer Connection::tailor(const std::string& id, const Patience& patience, const std::string& trace) {
  return run(queries_for(trace).tailor_by_id, {id.c_str()}, patience, trace);
}

// What is traced is rare, and not prepared.
Answer Connection::run(const Statement& statement, Session::Texts texts, const Patience& patience,
                       const std::string& trace) {
  if (sets_search_path_) texts.push_back(session_.search_path().c_str());
  if (!trace.empty()) texts.push_back(trace.c_str());
  const Session::Result result = pgbouncer_ || !trace.empty()
                                     ? session_.execute(statement.sql, texts, patience)
                                     : session_.execute_prepared(statement.name, texts, patience);
  return {value(*result, 0), value(*result, 1).value_or(""), value(*result, 2), value(*result, 3)};
}

}  // namespace tailor::database
