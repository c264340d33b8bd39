#pragma once

#include <string>
#include <string_view>

#include "deadline.hpp"
#include "http/client_waits.hpp"
#include "http/request_head.hpp"
#include "waiting/poll.hpp"

namespace tailor::http {

struct ConnectionLimits {
  Seconds idle{5};    // between two requests
  Seconds read{5};    // for all of a request's head
  Seconds write{30};  // for an answer, without the client having taken any more of it
  Seconds stop{5};    // for all of an answer, once the server stops
};

/// One client's connection. It reads a request's head as a whole, and sends an answer in one piece.
class Connection {
 public:
  /// Owns the socket.
  Connection(int socket, ConnectionLimits limits, ClientWaits& waits);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Waits for the next request; false when there is none: the client left, was idle or slow, or had to give
  /// way, or the server stops.
  bool next_request();

  /// Refuses the next request without reading it.
  void refuse(const HeadFault& fault) { head_ = refused_head(fault); }

  const RequestHead& head() const { return head_; }

  /// When all of it had come.
  Clock::time_point came() const { return came_; }

  /// To be polled, never read, to see the client leave. None when it was told to: that looks alike.
  int descriptor() const { return gave_way_ ? -1 : socket_; }

  /// Sends an answer, for as long as the client takes some of it within the limit. False when it could not be
  /// sent.
  bool send(std::string_view head, std::string_view body);

  /// Lets the client read its answer though it may still be sending: closing at once would cut it short.
  void linger();

 private:
  bool receive_head();
  bool receive_first_bytes();
  bool receive(Deadline deadline);
  bool wait_for_more(Deadline deadline, Then then = Then::go_on);
  bool wait_for_room(Deadline at_stop);

  const int socket_;
  const ConnectionLimits limits_;
  ClientWaits& waits_;
  RequestHead head_;
  Clock::time_point came_ = Clock::now();
  bool gave_way_ = false;
  bool drained_ = true;   // the socket, by the last look
  std::string received_;  // from the client, not yet used
};

}  // namespace tailor::http
