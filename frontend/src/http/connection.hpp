#pragma once

#include <string>
#include <string_view>

#include "base/deadline.hpp"
#include "http/head_guard.hpp"
#include "http/idle_connections.hpp"
#include "runtime/poll.hpp"

namespace tailor::http {

struct ConnectionLimits {
  Seconds idle{5};    // between two requests
  Seconds read{5};    // for a complete request head
  Seconds write{30};  // without progress while the client reads an answer
  Seconds stop{5};    // for a complete answer, once the server stops
};

/// A client's connection. It reads a complete request head, and sends a complete answer.
class Connection {
 public:
  /// Takes ownership of the socket.
  Connection(int socket, ConnectionLimits limits, IdleConnections& waits);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Waits for the next request. False when the connection ends instead: the client closed it or was too
  /// slow, the connection was evicted, or the server stops.
  bool next_request();

  /// Refuses the next request without reading it.
  void refuse(const HeadFault& fault) { head_ = refused_head(fault); }

  const GuardedHead& head() const { return head_; }

  /// When the complete head had arrived.
  Clock::time_point received_at() const { return received_at_; }

  /// The socket, to be polled (never read) for the client's leaving. -1 after eviction, which looks the same.
  int descriptor() const { return evicted_ ? -1 : socket_; }

  /// Sends an answer, waiting as long as the client makes progress within the limit. False when it could not
  /// be sent.
  bool send(std::string_view head, std::string_view body);

  /// Half-closes and reads on for a moment: closing while the client still sends would reset the connection
  /// and lose the answer.
  void linger();

 private:
  bool receive_head();
  bool receive_first_bytes();
  bool receive(Deadline deadline);
  bool wait_for_more(Deadline deadline, Priority priority = Priority::resume);
  bool wait_for_room(Deadline at_stop);

  const int socket_;
  const ConnectionLimits limits_;
  IdleConnections& waits_;
  GuardedHead head_;
  Clock::time_point received_at_ = Clock::now();
  bool evicted_ = false;
  bool drained_ = true;   // whether the last read emptied the socket
  std::string received_;  // not yet parsed
};

}  // namespace tailor::http
