#include "freshness/listener.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <random>
#include <system_error>
#include <utility>

#include "database/backoff.hpp"
#include "database/queries.hpp"
#include "debounce.hpp"
#include "freshness/notification.hpp"
#include "freshness/table_identity.hpp"
#include "log.hpp"

namespace tailor::freshness {
namespace {

using database::ConnectionSettings;
using database::Error;
using database::Failure;
using database::Session;

constexpr const char* kNotTold =
    "the tables' changes are not told: CALL tailor_search_notify_changes() as their owner";
// Such a database holds text of any encoding: a payload that is not UTF-8 would be lost in an error.
constexpr const char* kTakeAnyText =
    "SELECT pg_catalog.set_config('client_encoding', 'SQL_ASCII', false)"
    " WHERE pg_catalog.current_setting('server_encoding') = 'SQL_ASCII'";

constexpr const char* kNotReturned =
    "a notification to itself did not come back: behind a pooler in transaction mode say pgbouncer=true in "
    "DATABASE_URL";
constexpr const char* kPooled =
    "a pooler is in between, and may be in transaction mode, which passes no notifications on: where it is "
    "in session mode say pgbouncer=false in DATABASE_URL";
constexpr const char* kNotInSessionMode =
    "a notification did not come through the pooler, which DATABASE_URL states to be in session mode: in "
    "transaction mode say pgbouncer=true";
constexpr const char* kUnlike =
    "the settings of the role or of the database have changed, or connections lead to different servers: "
    "they are replaced";
constexpr Seconds kPoolerPause{60};  // a pooler's mode seldom changes

// Between two checks of changes, and so between two flushes: a flood of notifications costs ten flushes a
// second.
constexpr Seconds kCheckPause{0.1};

Debounce refusals;

// Asks whether changes are notified, and which tables and settings are in force. Behind a pooler the question
// takes a parameter, the search_path.
constexpr const char* kQuestion = "heartbeat";
std::string question(const std::string& schema, bool pooled) {
  const std::string settings = pooled ? database::settings_source({.search_path = true}, 1) : "";
  return "SELECT " + schema + ".tailor_search_notifies_changes(), " + table_identity(schema) + ", " +
         Session::kFingerprint + settings;
}

// Told apart from the pool's connections in pg_stat_activity.
ListenerSettings named(ListenerSettings settings) {
  auto& parameters = settings.connection.parameters;
  parameters.try_emplace("application_name", "tailor-frontend");
  parameters["application_name"] += " listener";
  return settings;
}

int make_eventfd() {
  const int made = eventfd(0, EFD_CLOEXEC);
  if (made < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  return made;
}

metrics::ChangeKind kind_of(const cache::Change& change) {
  using metrics::ChangeKind;
  if (change.everything) return ChangeKind::everything;
  if (!change.user.empty()) return ChangeKind::user;
  return change.points.empty() && !change.unlocated ? ChangeKind::sample_work : ChangeKind::tailor;
}

// No two of these are alike, whatever instance makes them.
std::string next_heartbeat(unsigned number) {
  static const auto instance = std::random_device{}();
  return std::to_string(instance) + "-" + std::to_string(getpid()) + "-" + std::to_string(number);
}

}  // namespace

std::string why_deaf(const ConnectionSettings& settings) {
  if (settings.pooling == database::Pooling::transaction)
    return "pgbouncer=true: PgBouncer's transaction mode passes no notifications on";
  const auto value = [&](const char* name) {
    const auto found = settings.parameters.find(name);
    return found == settings.parameters.end() ? std::string{} : found->second;
  };
  const bool several = (value("host") + value("hostaddr")).find(',') != std::string::npos;
  const std::string wanted = value("target_session_attrs");
  if (several && wanted != "primary" && wanted != "read-write")
    return "searches may go to a standby, which is late: with several hosts say target_session_attrs=primary";
  return {};
}

Listener::Listener(ListenerSettings settings, cache::Journal& journal, metrics::Metrics& metrics)
    : settings_(named(std::move(settings))),
      hosts_(database::libpq_parameters(settings_.connection)),
      journal_(journal),
      metrics_(metrics),
      stop_(make_eventfd()) {
  const std::string reason = why_deaf(settings_.connection);
  if (reason.empty()) {
    thread_ = std::thread([this] { run(); });
  } else {
    deaf(reason);
  }
}

Listener::~Listener() {
  stopping_ = true;
  eventfd_write(stop_, 1);
  if (thread_.joinable()) thread_.join();
  close(stop_);
}

void Listener::run() {
  while (!stopping_) {
    try {
      listen();
    } catch (const std::exception& error) {
      deaf(error.what());
      wait_for(after(database::backoff(++failures_)));
    }
  }
}

void Listener::listen() {
  if (!settings_.may_connect()) throw Error(Failure::unavailable, "the pool's connections come first");
  std::optional<Session> connected(std::in_place, settings_.connection, hosts_);
  Session& session = *connected;
  Deadline deaf_at = after(settings_.connection.connect_timeout);
  session.establish(settings_.connection, deaf_at);
  if (const char* const reason = why_unheard(session, deaf_at)) {
    connected.reset();
    deaf(reason);
    return wait_for(after(kPoolerPause));
  }
  if (connections_++ > 0) metrics_.listener_reconnects.Increment();
  question_ = question(session.extension_schema(deaf_at), session.pooled());
  if (!session.pooled()) session.prepare(kQuestion, question_, deaf_at);
  tables_.clear();
  while (!stopping_) {
    const Deadline next = after(settings_.heartbeat / 2);
    const Deadline next_deaf_at = after(settings_.heartbeat);
    beat(session, deaf_at);
    deaf_at = next_deaf_at;
    failures_ = 0;
    while (!stopping_ && Clock::now() < next) {
      wait_for(std::min(next, check_due()), session.pipeline().socket());
      if (!session.pipeline().alive())
        throw Error(Failure::connection_lost, "the server closed the connection");
      take_notifications(session);
      if (Clock::now() >= check_due()) check_changes(session, deaf_at);
    }
  }
}

// Listens; null: and notifications come. Without a word of a pooler's mode nothing is begun, as another of
// its clients would be left with what one in transaction mode does with LISTEN. In that mode the connection,
// which is idle, has no session on the server that a notification could come through.
const char* Listener::why_unheard(Session& session, Deadline deadline) {
  if (session.pooled() && settings_.connection.pooling != database::Pooling::session) return kPooled;
  session.execute("LISTEN tailor_search", {}, deadline);
  if (session.pooled() && !hears_while_idle(session)) {
    session.execute("UNLISTEN tailor_search", {}, after(settings_.connection.connect_timeout));
    return kNotInSessionMode;
  }
  session.execute(kTakeAnyText, {}, deadline);
  return nullptr;
}

bool Listener::hears_while_idle(Session& session) {
  sent_ = next_heartbeat(++beats_);
  settings_.notify(heartbeat_payload(sent_));
  const Deadline deadline = after(settings_.heartbeat);
  while (session.pipeline().alive()) {
    take_notifications(session);
    if (returned_ == sent_ || stopping_ || Clock::now() >= deadline) return returned_ == sent_;
    wait_for(deadline, session.pipeline().socket());
  }
  return false;
}

// The order matters. All changes that commit after the snapshot must be told, so whether they are is asked
// before; and what was told together with the snapshot may be later, so it is taken in after.
void Listener::beat(Session& session, Deadline deadline) {
  const auto told = session.pooled() ? session.execute(question_, {session.search_path()}, deadline)
                                     : session.execute_prepared(kQuestion, {}, deadline);
  check_fingerprint(session, PQgetvalue(told.get(), 0, 2));
  sent_ = next_heartbeat(++beats_);
  const std::string payload = heartbeat_payload(sent_);
  const auto now = session.execute(
      "SELECT pg_catalog.pg_current_snapshot(), pg_catalog.pg_notify('tailor_search', $1::text)",
      {payload.c_str()}, deadline);
  if (*PQgetvalue(told.get(), 0, 0) == 't') {
    listen_from(PQgetvalue(now.get(), 0, 0));
  } else {
    deaf(kNotTold);
  }
  note_tables(PQgetvalue(told.get(), 0, 1), PQgetvalue(now.get(), 0, 0));
  take_notifications(session);
  if (returned_ != sent_) throw Error(Failure::unavailable, kNotReturned);
  metrics_.heartbeat_time.SetToCurrentTime();
}

// This connection may be the one that is unlike new ones, or those that searches run on.
void Listener::check_fingerprint(const Session& session, const std::string& now) {
  if (session.pooled()) return;
  const bool replaced = settings_.replace_unlike(now);
  if (replaced || session.fingerprint() != now) throw Error(Failure::unavailable, kUnlike);
}

// The tables were looked at before the snapshot was taken, which so sees what made them others.
void Listener::note_tables(std::string tables, const char* snapshot) {
  const std::string before = std::exchange(tables_, std::move(tables));
  if (before.empty() || before == tables_) return;
  journal_.flush(cache::parse_snapshot(snapshot).value());
  metrics_.flushes.Increment();
  log::info("tables_changed").with("effect", "the cache is flushed");
}

void Listener::listen_from(const char* snapshot) {
  if (journal_.listening()) return;
  journal_.listen_from(cache::parse_snapshot(snapshot).value());
  metrics_.listening.Set(1);
  reason_.clear();
  log::info("listening");
}

void Listener::deaf(const std::string& reason) {
  if (journal_.listening()) {
    journal_.forget_all();
    metrics_.listening.Set(0);
    metrics_.deafened.Increment();
  }
  if (reason != reason_) log::warning("deaf").with("reason", reason).with("effect", "short cache times");
  reason_ = reason;
}

void Listener::take_notifications(Session& session) {
  while (const auto payload = session.pipeline().next_notification()) {
    try {
      take(parse_notification(*payload));
    } catch (const std::exception& error) {  // everything may have changed: it could be of a newer extension
      note_refused(error.what());
      flush_ = unconfirmed_ = true;
    }
  }
}

void Listener::take(Notification notification) {
  if (notification.heartbeat == sent_) returned_ = sent_;
  if (!notification.heartbeat.empty()) return;
  metrics_.changes[kind_of(notification.change)].Increment();
  if (notification.change.everything) {
    flush_ = true;  // the transaction is not needed: the flush goes by the snapshot
  } else {
    journal_.forget_touched(std::move(notification.change));
  }
  unconfirmed_ = true;
}

void Listener::note_refused(const char* reason) {
  metrics_.notifications_refused.Increment();
  if (refusals.admit())
    log::warning("notification_refused").with("reason", reason).with("effect", "the cache is flushed");
}

Deadline Listener::check_due() const {
  return unconfirmed_ ? next_check_ : Deadline::max();
}

// The snapshot comes after the notifications that were taken, and before those that came together with it.
void Listener::check_changes(Session& session, Deadline deadline) {
  const auto result = session.execute("SELECT pg_catalog.pg_current_snapshot()", {}, deadline);
  const cache::Snapshot now = cache::parse_snapshot(PQgetvalue(result.get(), 0, 0)).value();
  unconfirmed_ = false;
  next_check_ = after(kCheckPause);
  const bool confirmed = journal_.confirm(now);  // or it has flushed
  if (!confirmed) note_refused("its transaction has not committed");
  const bool flush = std::exchange(flush_, false);
  if (flush && confirmed) journal_.flush(now);
  if (flush || !confirmed) metrics_.flushes.Increment();
  take_notifications(session);
}

void Listener::wait_for(Deadline deadline, int socket) const {
  std::array<pollfd, 2> files{{{stop_, POLLIN, 0}, {socket, POLLIN, 0}}};  // poll() skips a negative one
  poll(files.data(), files.size(), milliseconds_until(deadline));
}

}  // namespace tailor::freshness
