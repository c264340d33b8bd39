#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "cache/journal.hpp"
#include "database/session.hpp"
#include "freshness/notification.hpp"
#include "metrics/metrics.hpp"

namespace tailor::freshness {

struct ListenerSettings {
  database::ConnectionSettings connection;
  Seconds heartbeat{4};  // the longest that a lost connection goes unnoticed
  std::function<bool()> may_connect = [] { return true; };  // where connections are scarce others come first
  // Sends a notification on another connection, which shows whether it arrives on an idle one.
  std::function<void(const std::string& payload)> notify = [](const std::string&) {};
  // Replaces the connections that searches run on and that have another fingerprint; whether there are any.
  std::function<bool(const std::string& fingerprint)> replace_unlike = [](const std::string&) {
    return false;
  };
};

/// Why notifications cannot be relied upon with these settings; empty when they can.
std::string why_deaf(const database::ConnectionSettings& settings);

/// Listens for changes on a connection and a thread of its own, and writes them into the journal. Sends a
/// notification to itself twice a heartbeat: while they come back nothing is lost. When one does not, or the
/// connection ends, the journal forgets all until a new connection listens. Any role may notify, so a forged
/// or malformed payload costs no more than a flush of the cache.
class Listener {
 public:
  Listener(ListenerSettings settings, cache::Journal& journal, metrics::Metrics& metrics);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();

  /// For connections from now on.
  void set_password(const std::string& password) { hosts_.set_password(password); }

 private:
  using Session = database::Session;

  void run();
  void listen();
  const char* why_unheard(Session& session, Deadline deadline);
  bool hears_while_idle(Session& session);
  void beat(Session& session, Deadline deadline);
  void check_fingerprint(const Session& session, const std::string& now);
  void note_tables(std::string tables, const char* snapshot);
  void listen_from(const char* snapshot);
  void deaf(const std::string& reason);
  void take_notifications(Session& session);
  void take(Notification notification);
  void note_refused(const char* reason);
  Deadline check_due() const;
  void check_changes(Session& session, Deadline deadline);
  void wait_for(Deadline deadline, int socket = -1) const;

  const ListenerSettings settings_;
  database::Hosts hosts_;
  cache::Journal& journal_;
  metrics::Metrics& metrics_;
  const int stop_;               // an eventfd, readable when it is time to end
  std::string sent_, returned_;  // the last heartbeats
  std::string question_;         // of each heartbeat
  std::string tables_;           // which these were at the last heartbeat
  bool flush_ = false;           // at the next check
  bool unconfirmed_ = false;     // changes came since the last check
  Deadline next_check_{};
  unsigned beats_ = 0;
  unsigned connections_ = 0;
  unsigned failures_ = 0;  // in a row
  std::string reason_;     // why it is deaf, as logged last
  std::atomic<bool> stopping_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace tailor::freshness
