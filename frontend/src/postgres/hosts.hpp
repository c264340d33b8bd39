#pragma once

#include <libpq-fe.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/deadline.hpp"

namespace tailor::postgres {

using Parameters = std::map<std::string, std::string>;
using Handle = std::unique_ptr<PGconn, decltype(&PQfinish)>;

/// The hosts of a DATABASE_URL. A new connection goes to the host with the fewest of this program's
/// connections. libpq alone would always try the first host first, and would not remember a dead one.
class Hosts {
 public:
  /// Splits the lists `host`, `hostaddr` and `port` as libpq does.
  explicit Hosts(const Parameters& parameters);

  bool several() const { return hosts_.size() > 1; }

  /// Applies to new connections; empty: no password in the URL.
  void set_password(const std::string& password);

  /// A connection, the object that counts it while held, and the number of its host.
  struct Connected {
    Handle handle;
    std::shared_ptr<void> place;
    std::size_t host = 0;
  };

  /// Connects to a host. With prefer-standby, other hosts are tried only if none is a standby. Blocks: only
  /// libpq's blocking connect bounds the time for each host. Throws Error{unavailable} with the reason of
  /// every host.
  Connected connect();

  /// Notes that a host is a standby that is behind: for some seconds it is tried last, and not preferred.
  /// False if that is known already, or if all other hosts are behind as well.
  bool note_behind(std::size_t host);

 private:
  struct Host {
    Parameters parameters;  // complete connection parameters
    int connections = 0;
    Deadline avoid_until{};
    Deadline behind_until{};
  };

  std::vector<std::size_t> order();
  bool is_behind(std::size_t host);
  Parameters parameters_of(std::size_t host);
  bool connect_to(std::size_t host, const std::string& wanted, Connected& connected, std::string& reasons);

  std::mutex mutex_;
  std::vector<Host> hosts_;
  std::string wanted_;  // target_session_attrs
};

}  // namespace tailor::postgres
