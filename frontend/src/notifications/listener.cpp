#include "notifications/listener.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <random>
#include <system_error>
#include <utility>

#include "base/backoff.hpp"
#include "base/log.hpp"
#include "base/rate_limiter.hpp"
#include "notifications/notification.hpp"
#include "notifications/table_identity.hpp"

namespace tailor::notifications {
namespace {

using postgres::Connection;
using postgres::ConnectionSettings;
using postgres::is_alike;

constexpr const char* kNotNotified =
    "the tables' changes are not notified: CALL tailor_search_notify_changes() as their owner";
// An SQL_ASCII database may contain text in any encoding: without this a payload that is not UTF-8 would be
// lost.
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
    "the settings of the role or of the database, or the extension's version, have changed, or connections "
    "lead to different servers: they are replaced";
constexpr const char* kListensBehindPooler =
    "listen-url leads to a pooler, which may pass no notifications on: give the server's own address";
constexpr const char* kNotFromPool =
    "a notification did not come from DATABASE_URL to listen-url: both must lead to the same database of the "
    "same server";
constexpr const char* kOtherTables =
    "listen-url's session sees other tables than DATABASE_URL's: both need the same schema and settings";
constexpr const char* kOtherSystem =
    "DATABASE_URL leads to a standby of another system than listen-url, or its role has other settings";
constexpr Seconds kPoolerPause{60};  // a pooler's mode seldom changes

// The pause between two checks of changes. An answer from a standby may wait for the check. After a flush it
// is longer, so a flood of notifications causes at most ten flushes a second.
constexpr Seconds kCheckPause{0.01};
constexpr Seconds kFlushPause{0.1};

RateLimiter refusals;

constexpr const char* kQuestion = "heartbeat";

// Names the sessions differently from the pool's connections in pg_stat_activity.
ListenerSettings named(ListenerSettings settings) {
  const auto name = [](ConnectionSettings& connection, const char* role) {
    connection.parameters.try_emplace("application_name", "tailor-frontend");
    connection.parameters["application_name"] += role;
  };
  name(settings.connection, settings.listen ? " probe" : " listener");
  if (settings.listen) name(*settings.listen, " listener");
  return settings;
}

// Only a primary notifies. Where searches may go to standbys, it is one of several hosts.
ConnectionSettings to_the_primary(ConnectionSettings settings) {
  const auto value = [&](const char* name) {
    const auto found = settings.parameters.find(name);
    return found == settings.parameters.end() ? std::string{} : found->second;
  };
  const bool several = (value("host") + value("hostaddr")).find(',') != std::string::npos;
  if (several && value("target_session_attrs") != "read-write")
    settings.parameters["target_session_attrs"] = "primary";
  return settings;
}

constexpr const char* kNow =
    "SELECT pg_catalog.pg_current_snapshot(), pg_catalog.pg_current_wal_insert_lsn()";

// The snapshot in a result of kNow. The log's end was read after the snapshot was taken.
cache::Snapshot snapshot_of(const Connection::Result& result) {
  cache::Snapshot snapshot = cache::parse_snapshot(PQgetvalue(result.get(), 0, 0)).value();
  snapshot.log_end = parse_lsn(PQgetvalue(result.get(), 0, 1)).value();
  return snapshot;
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

// A heartbeat text that is unique among all instances.
std::string next_heartbeat(unsigned number) {
  static const auto instance = std::random_device{}();
  return std::to_string(instance) + "-" + std::to_string(getpid()) + "-" + std::to_string(number);
}

}  // namespace

std::string why_not_notified(const ListenerSettings& settings) {
  if (!settings.listen && settings.connection.pooling == postgres::Pooling::transaction)
    return "pgbouncer=true: PgBouncer's transaction mode passes no notifications on: listen-url can go past "
           "it";
  return {};
}

Listener::Listener(ListenerSettings settings, cache::ChangeLog& change_log, metrics::Metrics& metrics)
    : settings_(named(std::move(settings))),
      listened_(to_the_primary(settings_.listen.value_or(settings_.connection))),
      hosts_(postgres::libpq_parameters(listened_)),
      pool_hosts_(postgres::libpq_parameters(settings_.connection)),
      change_log_(change_log),
      metrics_(metrics),
      stop_(make_eventfd()) {
  const std::string reason = why_not_notified(settings_);
  if (reason.empty()) {
    thread_ = std::thread([this] { run(); });
  } else {
    notifications_down(reason);
  }
}

Listener::~Listener() {
  stopping_ = true;
  eventfd_write(stop_, 1);
  if (thread_.joinable()) thread_.join();
  close(stop_);
}

void Listener::set_passwords(const std::string& pool, const std::string& listen) {
  hosts_.set_password(settings_.listen ? listen : pool);
  pool_hosts_.set_password(pool);
}

void Listener::run() {
  while (!stopping_) {
    try {
      listen();
    } catch (const std::exception& error) {
      notifications_down(error.what());
      wait_for(after(backoff(++failures_)));
    }
  }
}

void Listener::listen() {
  if (!settings_.may_connect()) throw Error(Failure::unavailable, "the pool's connections come first");
  probe_.reset();
  std::optional<Connection> connected(std::in_place, listened_, hosts_);
  Connection& connection = *connected;
  Deadline failure_at = after(settings_.connection.connect_timeout);
  connection.establish(listened_, failure_at);
  if (const char* const reason = why_unheard(connection, failure_at)) {
    connected.reset();
    notifications_down(reason);
    return wait_for(after(kPoolerPause));
  }
  if (settings_.listen) probe_.emplace(settings_.connection, pool_hosts_, failure_at);
  if (connections_++ > 0) metrics_.listener_reconnects.Increment();
  question_ = question(connection.extension(failure_at).schema, connection.pooled());
  if (!connection.pooled()) connection.prepare(kQuestion, question_, failure_at);
  tables_.clear();
  while (!stopping_) {
    const Deadline next = after(settings_.heartbeat / 2);
    const Deadline next_failure_at = after(settings_.heartbeat);
    beat(connection, failure_at);
    if (settings_.subscriptions != nullptr) settings_.subscriptions->check(connection, failure_at);
    failure_at = next_failure_at;
    failures_ = 0;
    while (!stopping_ && Clock::now() < next) {
      wait_for(std::min(next, check_due()), connection.socket());
      if (!connection.alive()) throw Error(Failure::connection_lost, "the server closed the connection");
      take_notifications(connection);
      if (Clock::now() >= check_due()) check_changes(connection, failure_at);
    }
  }
}

// Begins to listen. Null on success, otherwise why notifications do not arrive. Behind a pooler of unknown
// mode LISTEN is not sent: in transaction mode it would leak into other clients' sessions. In that mode an
// idle connection has no server session, so no notification arrives.
const char* Listener::why_unheard(Connection& connection, Deadline deadline) {
  if (connection.pooled() && listened_.pooling != postgres::Pooling::session)
    return settings_.listen ? kListensBehindPooler : kPooled;
  connection.execute("LISTEN tailor_search", {}, deadline);
  if (connection.pooled() && !hears_while_idle(connection)) {
    connection.execute("UNLISTEN tailor_search", {}, after(settings_.connection.connect_timeout));
    return kNotInSessionMode;
  }
  connection.execute(kTakeAnyText, {}, deadline);
  return nullptr;
}

bool Listener::hears_while_idle(Connection& connection) {
  sent_ = next_heartbeat(++beats_);
  settings_.notify(heartbeat_payload(sent_));
  const Deadline deadline = after(settings_.heartbeat);
  while (connection.alive()) {
    take_notifications(connection);
    if (returned_ == sent_ || stopping_ || Clock::now() >= deadline) return returned_ == sent_;
    wait_for(deadline, connection.socket());
  }
  return false;
}

// The order matters. Changes that commit after the snapshot must be notified, so the triggers are checked
// before it; notifications received together with the snapshot may be newer, so they are taken after it.
void Listener::beat(Connection& connection, Deadline deadline) {
  const auto notified = connection.pooled()
                            ? connection.execute(question_, {connection.search_path()}, deadline)
                            : connection.execute_prepared(kQuestion, {}, deadline);
  check_fingerprint(connection, PQgetvalue(notified.get(), 0, 2));
  sent_ = next_heartbeat(++beats_);
  const std::string payload = heartbeat_payload(sent_);
  const std::string by_itself = std::string{kNow} + ", pg_catalog.pg_notify('tailor_search', $1::text)";
  const bool sent = probe_ && beat_by_probe(connection, payload, notified, deadline);
  const cache::Snapshot now = snapshot_of(sent ? connection.execute(kNow, {}, deadline)
                                               : connection.execute(by_itself, {payload.c_str()}, deadline));
  change_log_.note_log_end(now.log_end);
  if (*PQgetvalue(notified.get(), 0, 0) == 't') {
    listen_from(now, PQgetvalue(notified.get(), 0, 2));
  } else {
    notifications_down(kNotNotified);
  }
  note_tables(PQgetvalue(notified.get(), 0, 1), now);
  take_notifications(connection);
  if (returned_ != sent_) throw Error(Failure::unavailable, kNotReturned);
  metrics_.heartbeat_time.SetToCurrentTime();
}

// Nothing is trusted before the pool's connections are known to lead to this database and to see the same
// tables. They must also be what new connections would be. False if they lead to a standby, which cannot
// notify.
bool Listener::beat_by_probe(Connection& connection, const std::string& payload,
                             const Connection::Result& own, Deadline deadline) {
  const Probe::Seen seen = probe_->notify(payload, deadline);
  if (seen.tables != PQgetvalue(own.get(), 0, 1)) throw Error(Failure::unavailable, kOtherTables);
  const std::string reference = seen.sent ? seen.fingerprint : PQgetvalue(own.get(), 0, 2);
  if (!seen.sent && !is_alike(seen.fingerprint, reference)) throw Error(Failure::unavailable, kOtherSystem);
  if (!seen.fingerprint.empty() && settings_.replace_unlike(reference))
    throw Error(Failure::unavailable, kUnlike);
  while (seen.sent && returned_ != sent_ && !stopping_) {
    if (Clock::now() >= deadline) throw Error(Failure::unavailable, kNotFromPool);
    wait_for(deadline, connection.socket());
    if (!connection.alive()) throw Error(Failure::connection_lost, "the server closed the connection");
    take_notifications(connection);
  }
  return seen.sent;
}

// Either this connection or the pool's connections may have outdated settings.
void Listener::check_fingerprint(const Connection& connection, const std::string& now) {
  if (connection.pooled()) return;
  const bool replaced = !probe_ && settings_.replace_unlike(now);
  if (replaced || connection.fingerprint() != now) throw Error(Failure::unavailable, kUnlike);
}

// The tables were read before the snapshot was taken, so the snapshot sees the change that replaced them.
void Listener::note_tables(std::string tables, const cache::Snapshot& now) {
  const std::string before = std::exchange(tables_, std::move(tables));
  if (before.empty() || before == tables_) return;
  change_log_.flush(now);
  metrics_.flushes.Increment();
  log::info("tables_changed").with("effect", "the cache is flushed");
}

void Listener::listen_from(const cache::Snapshot& now, const std::string& fingerprint) {
  if (change_log_.listening()) return;
  change_log_.listen_from(now, fingerprint.substr(0, fingerprint.find(' ')));  // when the server was started
  metrics_.listening.Set(1);
  reason_.clear();
  log::info("listening");
}

void Listener::notifications_down(const std::string& reason) {
  if (change_log_.listening()) {
    change_log_.forget_all();
    metrics_.listening.Set(0);
    metrics_.notifications_lost.Increment();
  }
  if (reason != reason_)
    log::warning("notifications_down")
        .with("reason", reason)
        .with("effect", "cached answers expire after cache-ttl-without-notifications");
  reason_ = reason;
}

void Listener::take_notifications(Connection& connection) {
  while (const auto payload = connection.next_notification()) {
    try {
      take(parse_notification(*payload));
    } catch (
        const std::exception& error) {  // a newer extension may have sent it: everything may have changed
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
    flush_ = true;  // flushing uses the snapshot, not the transaction
  } else {
    change_log_.append(std::move(notification.change));
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

// The snapshot is newer than the notifications taken before, and older than those received together with it.
void Listener::check_changes(Connection& connection, Deadline deadline) {
  const cache::Snapshot now = snapshot_of(connection.execute(kNow, {}, deadline));
  unconfirmed_ = false;
  change_log_.note_log_end(now.log_end);
  const bool confirmed = change_log_.confirm(now);  // false: it flushed
  if (!confirmed) note_refused("its transaction has not committed");
  const bool flush = std::exchange(flush_, false);
  if (flush && confirmed) change_log_.flush(now);
  const bool flushed = flush || !confirmed;
  if (flushed) metrics_.flushes.Increment();
  next_check_ = after(flushed ? kFlushPause : kCheckPause);
  take_notifications(connection);
}

void Listener::wait_for(Deadline deadline, int socket) const {
  std::array<pollfd, 2> files{{{stop_, POLLIN, 0}, {socket, POLLIN, 0}}};  // poll() skips a negative one
  poll(files.data(), files.size(), milliseconds_until(deadline));
}

}  // namespace tailor::notifications
