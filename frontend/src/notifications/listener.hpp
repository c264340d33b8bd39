#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "cache/change_log.hpp"
#include "metrics/metrics.hpp"
#include "notifications/notification.hpp"
#include "notifications/probe.hpp"
#include "notifications/subscriptions.hpp"
#include "postgres/connection.hpp"

namespace tailor::notifications {

struct ListenerSettings {
  postgres::ConnectionSettings connection;                  // the pool's
  Seconds heartbeat{4};                                     // a lost connection is noticed within this time
  std::function<bool()> may_connect = [] { return true; };  // false: the pool's connections come first
  // Sends a notification on another connection, to find out whether an idle connection receives it.
  std::function<void(const std::string& payload)> notify = [](const std::string&) {};
  Subscriptions* subscriptions = nullptr;  // checked in each heartbeat
  // Replaces the pool's connections that have another fingerprint; whether there are any.
  std::function<bool(const std::string& fingerprint)> replace_unlike = [](const std::string&) {
    return false;
  };
  std::optional<postgres::ConnectionSettings> listen{};  // where to listen, if not there (listen-url)
};

/// Why notifications cannot be used with these settings; empty when they can.
std::string why_not_notified(const ListenerSettings& settings);

/// Listens for changes on its own connection and thread, and appends them to the change log. It notifies
/// itself twice in each heartbeat, through a Probe if it listens elsewhere than the pool searches: while
/// these notifications return, none is lost. When one does not return or the connection ends, all cached
/// answers are invalidated until a new connection listens. Any role may notify, so a forged or malformed
/// payload costs at most a flush of the cache.
class Listener {
 public:
  Listener(ListenerSettings settings, cache::ChangeLog& change_log, metrics::Metrics& metrics);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();

  /// Apply to new connections: the password of the pool's settings, and that of `listen`.
  void set_passwords(const std::string& pool, const std::string& listen);

 private:
  using Connection = postgres::Connection;

  void run();
  void listen();
  const char* why_unheard(Connection& connection, Deadline deadline);
  bool hears_while_idle(Connection& connection);
  void beat(Connection& connection, Deadline deadline);
  bool beat_by_probe(Connection& connection, const std::string& payload, const Connection::Result& own,
                     Deadline deadline);
  void check_fingerprint(const Connection& connection, const std::string& now);
  void note_tables(std::string tables, const cache::Snapshot& now);
  void listen_from(const cache::Snapshot& now, const std::string& fingerprint);
  void notifications_down(const std::string& reason);
  void take_notifications(Connection& connection);
  void take(Notification notification);
  void note_refused(const char* reason);
  Deadline check_due() const;
  void check_changes(Connection& connection, Deadline deadline);
  void wait_for(Deadline deadline, int socket = -1) const;

  const ListenerSettings settings_;
  const postgres::ConnectionSettings listened_;
  postgres::Hosts hosts_;
  postgres::Hosts pool_hosts_;
  std::optional<Probe> probe_;  // with a `listen` URL
  cache::ChangeLog& change_log_;
  metrics::Metrics& metrics_;
  const int stop_;               // an eventfd, readable when the thread must end
  std::string sent_, returned_;  // the last heartbeats
  std::string question_;         // the statement of each heartbeat
  std::string tables_;           // identity of the tables at the last heartbeat
  bool flush_ = false;           // at the next check
  bool unconfirmed_ = false;     // changes came since the last check
  Deadline next_check_{};
  unsigned beats_ = 0;
  unsigned connections_ = 0;
  unsigned failures_ = 0;  // in a row
  std::string reason_;     // why notifications are down, as logged
  std::atomic<bool> stopping_ = false;
  std::thread thread_;  // declared last: it uses all members above
};

}  // namespace tailor::notifications
