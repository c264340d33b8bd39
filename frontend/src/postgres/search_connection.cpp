#include "postgres/search_connection.hpp"

#include <spdlog/fmt/fmt.h>
#include <xxhash.h>

#include <algorithm>

#include "base/log.hpp"
#include "postgres/text_array.hpp"

namespace tailor::postgres {
namespace {

// Bounds queries whose front end vanished. A stricter value that was configured stays.
constexpr const char* kLimitStatements =
    "SELECT pg_catalog.set_config(name, $1, false) FROM pg_catalog.pg_settings"
    " WHERE name = 'statement_timeout' AND (setting = '0' OR setting::bigint > $1::bigint)";

// Transaction ids of another system, a copy of it, or another timeline cannot be compared, nor those from
// before a crash that lost commits (synchronous_commit = off), which also resets the statistics. All standbys
// of a system are one origin, together with the server that is listened to (ChangeLog::server()).
constexpr const char* kOrigin = R"(
  SELECT pg_catalog.concat_ws(E'\n',
    (SELECT system_identifier FROM pg_catalog.pg_control_system()),
    CASE WHEN pg_catalog.pg_is_in_recovery() THEN 'standby'
      ELSE pg_catalog.concat_ws(' ', pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 8),
        extract(epoch FROM pg_catalog.pg_postmaster_start_time()),
        extract(epoch FROM pg_catalog.pg_stat_get_bgwriter_stat_reset_time())) END,
    (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()),
    current_user,
    coalesce($1::text, pg_catalog.current_setting('search_path')),
    (SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'tailor_search'),
    (SELECT pg_catalog.string_agg(name || '=' || setting, ' ' ORDER BY name)
     FROM pg_catalog.pg_settings WHERE name LIKE 'tailor\_search.%')))";

std::string hash_of(std::string_view text) {
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

constexpr SearchValues warm_up_values() {
  SearchValues values;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (kSearchParameters[i].default_value != nullptr) values[i] = kSearchParameters[i].default_value;
  }
  values[kLatitude] = values[kLongitude] = "0";
  return values;
}

// An empty array: any of no skills is none.
constexpr const char* kNoSkill = "{}";

// Matches no row whatever the tables contain, and stays below the smallest bounds that can be configured.
SearchValues search_for_nothing() {
  SearchValues values = warm_up_values();
  values[kSkill] = kNoSkill;
  values[kMaxDistance] = "0.001";
  return values;
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

constexpr const char* kOlderExtension =
    "the database's extension is older than this program: ALTER EXTENSION tailor_search UPDATE";

void report_not_taken(const Queries& queries) {
  if (queries.not_taken.empty()) return;
  std::string names;
  for (const std::size_t i : queries.not_taken)
    names.append(names.empty() ? "" : ",").append(kSearchParameters[i].argument);
  log::warning("older_extension").with("reason", kOlderExtension).with("unavailable", names);
}

// A parameter that the extension does not take may only have its default value, which changes nothing.
void check_taken(const Queries& queries, const SearchValues& values) {
  for (const std::size_t i : queries.not_taken) {
    const char* const usual = kSearchParameters[i].default_value;
    if (usual == nullptr ? !values[i] : values[i] == usual) continue;
    throw Error(Failure::bad_argument,
                "is not available, because the database's extension is older than this program",
                std::string{kSearchParameters[i].argument});
  }
}

Answer nothing_found() {
  return {};
}

// A column of the first row; nothing if NULL, or if the row or column does not exist.
std::optional<std::string_view> value(const PGresult& result, int column) {
  if (PQntuples(&result) == 0 || column >= PQnfields(&result) || PQgetisnull(&result, 0, column) != 0)
    return std::nullopt;
  return std::string_view(PQgetvalue(&result, 0, column),
                          static_cast<std::size_t>(PQgetlength(&result, 0, column)));
}

}  // namespace

SearchConnection::SearchConnection(const ConnectionSettings& settings, Hosts& hosts,
                                   std::shared_ptr<Waker> canceller, WarmUp warms_up)
    : Connection(settings, hosts, std::move(canceller)), max_answer_bytes_(settings.max_answer_bytes) {
  try {
    const Deadline deadline = after(settings.connect_timeout);
    begin(settings, deadline);
    if (warms_up == WarmUp::yes) warm_up(deadline);
  } catch (const Error& error) {
    stop_abandoned();
    const bool suspect = error.failure() == Failure::suspect_session;
    throw Error(suspect ? Failure::suspect_session : Failure::unavailable, error.what());
  }
}

void SearchConnection::begin(const ConnectionSettings& settings, Deadline deadline) {
  establish(settings, deadline);
  const Extension installed = extension(deadline);
  check_nothing_left_behind(installed.schema, deadline);
  queries_.emplace(installed, LocalSettings{.search_path = pooled()}, max_answer_bytes_);
  report_not_taken(*queries_);
  traced_queries_.emplace(installed, LocalSettings{.search_path = pooled(), .application_name = true},
                          max_answer_bytes_);
  engine_queries_.emplace(installed, LocalSettings{.search_path = pooled(), .engine = true},
                          max_answer_bytes_);
  if (!pooled()) {
    for (const Statement* statement :
         {&queries_->search_at, &queries_->search_place, &queries_->tailor_by_id})
      prepare(statement->name, statement->sql, deadline);
  }
  check_search(deadline);
  if (settings.shared) find_origin(deadline);
  if (!pooled() && settings.statement_timeout > Seconds{0}) {
    const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(settings.statement_timeout);
    execute(kLimitStatements, {std::to_string(milliseconds.count()).c_str()}, deadline);
  }
}

// Checks tables and privileges. While the server of a foreign table cannot be reached, searches of other
// partitions can be answered.
void SearchConnection::check_search(Deadline deadline) {
  try {
    search_as_given(*queries_, search_for_nothing(), deadline, {});
  } catch (const Error& error) {
    if (error.failure() != Failure::foreign_server) throw;
    log::warning("foreign_server_unreachable").with("reason", error.what());
  }
}

// A failure caused by the rows that the warm-up reads is logged and ignored: other searches can be served.
void SearchConnection::warm_up(Deadline deadline) {
  SearchValues values = warm_up_values();
  try {
    search_as_given(*queries_, values, deadline, {});
    values[kLocation] = "MG_ROAD";  // a densely populated place in the application's data
    search_as_given(*queries_, values, deadline, {});
    tailor("", deadline, {});
  } catch (const Error& error) {
    stop_abandoned();
    const bool of_data = is_of_the_request(error.failure()) || error.failure() == Failure::internal ||
                         error.failure() == Failure::query_timeout ||
                         error.failure() == Failure::foreign_server;
    if (!of_data || !usable()) throw;
    log::warning("warm_up_failed").with("reason", error.what()).with("effect", "first searches are slower");
  }
}

void SearchConnection::find_origin(const WaitOptions& options) {
  try {
    const Result origin = execute(kOrigin, {search_path()}, options);
    const bool standby = !pooled() && replayed_ != kNoLsn;
    origin_ = (standby ? kStandbyOrigin : "") + hash_of(PQgetvalue(origin.get(), 0, 0));
  } catch (const Error& error) {
    if (!usable()) throw;
    log::warning("origin_unknown").with("reason", error.what()).with("effect", "answers are not shared");
  }
}

Answer SearchConnection::search(const SearchValues& values, const WaitOptions& options,
                                const std::string& trace) {
  return search(queries_for(trace), values, options, trace);
}

Answer SearchConnection::search_by(const std::string& engine, const SearchValues& values,
                                   const WaitOptions& options) {
  return search(*engine_queries_, values, options, engine);
}

Answer SearchConnection::search(const Queries& queries, const SearchValues& values,
                                const WaitOptions& options, const std::string& setting) {
  try {
    return search_as_given(queries, values, options, setting);
  } catch (const Error& error) {
    if (error.failure() != Failure::untranslatable) throw;
  }
  return search_translatable(queries, values, options, setting);
}

Answer SearchConnection::search_as_given(const Queries& queries, const SearchValues& values,
                                         const WaitOptions& options, const std::string& setting) {
  check_taken(queries, values);
  const Statement& statement = values[kLocation] ? queries.search_place : queries.search_at;
  Texts texts;
  for (const std::size_t i : statement.values) texts.push_back(values[i] ? values[i]->c_str() : nullptr);
  return ask(statement, std::move(texts), options, setting);
}

// Handles texts that the database's encoding cannot represent: no tailor has such a skill. If all texts can
// be represented, it is the answer that cannot be converted to UTF-8.
Answer SearchConnection::search_translatable(const Queries& queries, SearchValues values,
                                             const WaitOptions& options, const std::string& setting) {
  if (values[kLocation] && !can_hold(*values[kLocation], options)) return nothing_found();
  for (const std::size_t name : {kSortBy, kSkillMatch}) {
    if (!can_hold(values[name].value(), options)) values[name] = "?";  // refused by the SQL function
  }
  std::vector<std::string> skills;
  if (values[kSkill]) skills = text_array_elements(*values[kSkill]);
  const auto impossible =
      std::erase_if(skills, [&](const std::string& skill) { return !can_hold(skill, options); });
  if (impossible > 0) {
    const bool all = values[kSkillMatch] == "all";
    values[kSkill] = all ? kNoSkill : text_array(skills);
    if (all) values[kSkillMatch] = "any";
  }
  try {
    return search_as_given(queries, values, options, setting);
  } catch (const Error& error) {
    if (error.failure() != Failure::untranslatable) throw;
    throw Error(Failure::unreadable_data, error.what());
  }
}

bool SearchConnection::can_hold(const std::string& text, const WaitOptions& options) {
  if (is_ascii(text)) return true;
  try {
    execute("SELECT $1::text IS NULL", {text.c_str()}, options);
    return true;
  } catch (const Error& error) {
    if (error.failure() == Failure::untranslatable) return false;
    throw;
  }
}

Answer SearchConnection::tailor(const std::string& id, const WaitOptions& options, const std::string& trace) {
  try {
    return ask(queries_for(trace).tailor_by_id, {id.c_str()}, options, trace);
  } catch (const Error& error) {
    if (error.failure() != Failure::untranslatable) throw;
  }
  if (!can_hold(id, options)) return nothing_found();
  throw Error(Failure::unreadable_data, "the tailor's data cannot be sent as UTF-8");
}

void SearchConnection::notify(const std::string& payload, const WaitOptions& options) {
  execute("SELECT pg_catalog.pg_notify('tailor_search', $1::text)", {payload.c_str()}, options);
}

// Queries with a setting of their own, the trace or the engine, are rare and not prepared.
Answer SearchConnection::ask(const Statement& statement, Texts texts, const WaitOptions& options,
                             const std::string& setting) {
  if (pooled()) texts.push_back(search_path());
  if (!setting.empty()) texts.push_back(setting.c_str());
  const Lsn replayed = replayed_;  // read before the query is sent, so before its snapshot is taken
  Result result = pooled() || !setting.empty() ? execute(statement.sql, texts, options)
                                               : execute_prepared(statement.name, texts, options);
  const PGresult& row = *result;
  if (!value(row, 0) && value(row, 2))
    throw Error(Failure::too_large,
                "an answer of " + std::string{*value(row, 2)} + " bytes is larger than max-answer-size");
  Answer answer{std::move(result),
                value(row, 0),
                std::string{value(row, 1).value_or("")},
                value(row, 3),
                std::optional<std::string>{value(row, 5)},
                std::optional<std::string>{value(row, 6)},
                origin_};
  note_replayed(row, replayed, answer);
  // The snapshot may have been taken before a promotion.
  if (answer.replayed != kNoLsn) answer.snapshot = answer.replayed ? lsn_text(*answer.replayed) : "";
  return answer;
}

// A position that the answer's own statement read may be behind its snapshot, so it is for the next query. A
// pooler may lead the next query to another server.
void SearchConnection::note_replayed(const PGresult& row, Lsn before, Answer& answer) {
  const bool known = PQntuples(&row) > 0;
  if (const auto text = value(row, 4)) answer.replayed_now = parse_lsn(*text).value_or(0);
  if (!pooled()) {
    answer.replayed = before;
    if (known) replayed_ = answer.replayed_now;
  } else if (!known || answer.replayed_now != kNoLsn) {
    answer.replayed.reset();
  }
}

}  // namespace tailor::postgres
