#pragma once

#include <httplib.h>

#include <string>

#include "deadline.hpp"
#include "http/client_waits.hpp"
#include "http/request_head.hpp"

namespace tailor::http {

struct ConnectionLimits {
  Seconds idle{5};   // between two requests
  Seconds read{5};   // for all of a request's head
  Seconds write{5};  // for all of an answer
};

/// One client's connection, as cpp-httplib's stream. It reads a request's head as a whole before cpp-httplib
/// sees any of it, never gives it a byte that lies behind, and sends an answer in one piece.
class Connection : public httplib::Stream {
 public:
  /// Owns the socket. `stop` becomes readable when the server stops: then idle connections end.
  Connection(int socket, int stop, ConnectionLimits limits, ClientWaits& waits);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Waits for the next request; false when there is none: the client left, was idle or slow, or had to give
  /// way, or the server stops.
  bool next_request();

  /// Has the next request be one that is refused, whatever it is.
  void refuse(RequestHead::Verdict verdict);

  const RequestHead& head() const { return head_; }

  /// To be polled, never read, to see the client leave. None when it was told to: that looks alike.
  int descriptor() const { return gave_way_ ? -1 : socket_; }

  /// Sends what was written since. False when it could not be sent.
  bool send();

  /// Lets the client read its answer though it may still be sending: closing at once would cut it short.
  void linger();

  bool is_readable() const override { return true; }
  ssize_t read(char* to, std::size_t size) override;
  ssize_t write(const char* from, std::size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  // cpp-httplib only wants to know whether select() could wait for it; nothing here does.
  socket_t socket() const override { return INVALID_SOCKET; }
#if defined(CPPHTTPLIB_VERSION_NUM)
  bool wait_readable() const override {
    return true;
  }
  bool wait_writable() const override {
    return true;
  }
  time_t duration() const override {
    return 0;
  }
#else
  bool is_writable() const override {
    return true;
  }
#endif

 private:
  bool receive_head();
  bool wait_for_first_byte();
  bool receive(Deadline deadline);
  bool wait_for(short events, Deadline deadline) const;

  const int socket_;
  const int stop_;
  const ConnectionLimits limits_;
  ClientWaits& waits_;
  RequestHead head_;
  std::size_t read_ = 0;  // of head_.forwarded
  bool gave_way_ = false;
  std::string received_;  // from the client, not yet used
  std::string unsent_;
};

}  // namespace tailor::http
