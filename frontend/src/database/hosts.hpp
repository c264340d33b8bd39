#pragma once

#include <libpq-fe.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "deadline.hpp"

namespace tailor::database {

using Parameters = std::map<std::string, std::string>;
using Handle = std::unique_ptr<PGconn, decltype(&PQfinish)>;

/// The hosts of a DATABASE_URL, among which connections are spread: a new one goes to the host that has the
/// fewest of ours. libpq itself would always begin with the first, and forget which one is dead.
class Hosts {
 public:
  /// Takes the lists `host`, `hostaddr` and `port` apart, as libpq does.
  explicit Hosts(const Parameters& parameters);

  bool several() const { return hosts_.size() > 1; }

  /// For connections from now on; empty: none, as from a password file.
  void set_password(const std::string& password);

  /// A connection, and what counts it as long as it is kept.
  struct Connected {
    Handle handle;
    std::shared_ptr<void> place;
  };

  /// Connects to a host; prefer-standby is any host only where none is a standby. Blocking: libpq bounds the
  /// time for each host, and only in this form. Throws Error{unavailable} that tells of every host.
  Connected connect();

 private:
  struct Host {
    Parameters parameters;  // all that libpq needs
    int connections = 0;
    Deadline avoid_until{};
  };

  std::vector<std::size_t> order();
  Parameters parameters_of(std::size_t host);
  bool connect_to(std::size_t host, const std::string& wanted, Connected& connected, std::string& reasons);

  std::mutex mutex_;
  std::vector<Host> hosts_;
  std::string wanted_;  // target_session_attrs
};

}  // namespace tailor::database
