#pragma once

#include <httplib.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "http/accept_watchdog.hpp"
#include "http/address_limit.hpp"
#include "http/answer_stream.hpp"
#include "http/connection.hpp"
#include "http/connection_fibers.hpp"
#include "http/idle_connections.hpp"
#include "metrics/metrics.hpp"

namespace tailor::http {

struct ServerSettings {
  std::string address;
  int port;  // 0: any free port
  int max_connections;
  int threads;             // event loops
  int keep_alive_timeout;  // seconds
  AddressLimitSettings address_limit;
  metrics::Listener listener;
};

/// What a handler needs besides the request.
struct Arrival {
  const HeadFault* fault;  // why the request is refused, or null
  Clock::time_point received_at;
  int client;  // its socket, to see it leave
};

/// cpp-httplib's server, with a fiber for each connection. Heads are checked strictly before cpp-httplib
/// reads a request. Every error is answered as a problem, without internal details.
class Server : private httplib::Server {
 public:
  /// Answers a request, also one whose head is malformed. `Request::path` is percent-encoded, and
  /// `Request::headers` has the fields that guard_head() keeps. May throw Problem and Error.
  using Handler = std::function<void(const httplib::Request&, httplib::Response&, const Arrival&)>;

  /// Binds the port; throws std::runtime_error when that fails. Connections wait until start().
  Server(ServerSettings settings, Handler handler, metrics::Metrics& metrics);
  ~Server() override;

  int port() const { return port_; }

  /// Accepts connections in a thread; `ended` is called there if that fails before stop().
  void start(std::function<void()> ended);

  /// Whether connections are accepted and served, or the limit is reached and those are served. It opens no
  /// connection to find out, as the limit could refuse that one. True before start().
  bool accepts(Seconds longest_request) const;

  /// Replaces the settings that can change while it serves.
  void reload(AddressLimitSettings settings) { address_limit_.reload(std::move(settings)); }

  /// From now on every answer closes its connection.
  void drain() { draining_ = true; }

  /// Stops accepting, closes idle connections, and returns when the requests in flight are answered.
  void stop();

 private:
  bool process_and_close_socket(socket_t socket) override;
  bool answer(Connection& connection);
  bool process(AnswerStream& stream, const std::function<void(httplib::Request&)>& setup);
  void handle(const httplib::Request& request, httplib::Response& response);
  void set_handlers();
  void bind();

  const ServerSettings settings_;
  const Handler handler_;
  metrics::Metrics& metrics_;
  AddressLimit address_limit_;
  IdleConnections waits_;
  AcceptWatchdog watchdog_;
  const EventLoops loops_;
  int port_ = 0;
  const std::string keep_alive_;  // the field of an answer that keeps its connection
  std::atomic<bool> draining_ = false;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace tailor::http
