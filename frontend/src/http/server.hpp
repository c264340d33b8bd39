#pragma once

#include <httplib.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "http/accept_pulse.hpp"
#include "http/address_limit.hpp"
#include "http/client_waits.hpp"
#include "http/connection.hpp"
#include "http/connection_fibers.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "metrics/metrics.hpp"

namespace tailor::http {

struct ServerSettings {
  std::string address;
  int port;  // 0: any free one
  int max_connections;
  int threads;             // that serve them
  int keep_alive_timeout;  // seconds
  AddressLimitSettings address_limit;
  metrics::Listener listener;
};

/// cpp-httplib's server, which listens, accepts and hands over connections, with heads and answers of our
/// own: its parsing is lenient, and one handler answers everything. Nothing of an error is told but problems.
class Server : private httplib::Server {
 public:
  /// Answers a request, also one whose head is refused. May throw Problem and database::Error.
  using Handler = std::function<void(const Request&, Response&)>;

  /// Binds the port; throws std::runtime_error when that is not possible. Connections wait until start().
  Server(ServerSettings settings, Handler handler, metrics::Metrics& metrics);
  ~Server() override;

  int port() const { return port_; }

  /// Serves in a thread of its own; `ended` is called there if accepting fails before stop().
  void start(std::function<void()> ended);

  /// Whether it takes connections, or has as many as it may and those are served: without one to try it by,
  /// which might find all places taken. Also before it starts.
  bool accepts(Seconds longest_request) const;

  /// Changes what can change while it serves.
  void reload(AddressLimitSettings settings) { address_limit_.reload(std::move(settings)); }

  /// From now on every answer is the last one of its connection.
  void drain() { draining_ = true; }

  /// Accepts no more, ends idle connections, and returns when the requests in flight are answered.
  void stop();

 private:
  bool process_and_close_socket(socket_t socket) override;
  bool answer(Connection& connection) const;
  void bind();

  const ServerSettings settings_;
  const Handler handler_;
  metrics::Metrics& metrics_;
  AddressLimit address_limit_;
  ClientWaits waits_;
  AcceptPulse pulse_;
  const EventLoops loops_;
  int port_ = 0;
  const std::string keep_alive_;  // the fields of an answer that is not a connection's last
  std::atomic<bool> draining_ = false;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace tailor::http
