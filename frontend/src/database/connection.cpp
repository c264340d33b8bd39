#include "database/connection.hpp"

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
    prepare(after(settings.connect_timeout));
  } catch (const Error& error) {
    cancel_abandoned();
    throw Error(Failure::unavailable, error.what());
  }
}

void Connection::prepare(Deadline deadline) {
  queries_.emplace(session_.extension_schema(deadline), sets_search_path_);
  if (!pgbouncer_) {
    for (const Statement* statement :
         {&queries_->search_at, &queries_->search_place, &queries_->tailor_by_id})
      session_.prepare(statement->name, statement->sql, deadline);
  }
  SearchValues values = warm_up_values();
  search(values, deadline);
  values[kLocation] = "MG_ROAD";  // among crowds of tailors in the application's data; else no harm is done
  search(values, deadline);
  tailor("", deadline);
}

Answer Connection::search(const SearchValues& values, Deadline deadline) {
  const Statement& statement = values[kLocation] ? queries_->search_place : queries_->search_at;
  Session::Texts texts;
  for (const std::size_t i : statement.values) texts.push_back(values[i] ? values[i]->c_str() : nullptr);
  return run(statement, std::move(texts), deadline);
}

Answer Connection::tailor(const std::string& id, Deadline deadline) {
  return run(queries_->tailor_by_id, {id.c_str()}, deadline);
}

Answer Connection::run(const Statement& statement, Session::Texts texts, Deadline deadline) {
  if (sets_search_path_) texts.push_back(session_.search_path().c_str());
  const Session::Result result = pgbouncer_ ? session_.execute(statement.sql, texts, deadline)
                                            : session_.execute_prepared(statement.name, texts, deadline);
  return {value(*result, 0), value(*result, 1).value_or(""), value(*result, 2), value(*result, 3)};
}

}  // namespace tailor::database
