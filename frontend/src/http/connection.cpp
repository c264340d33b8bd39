#include "http/connection.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

namespace tailor::http {
namespace {

constexpr Seconds kLinger{0.5};
constexpr std::size_t kKept = 1024;  // bytes of a buffer that are worth keeping for the next request

void give_back_memory(std::string& empty) {
  if (empty.capacity() > kKept) std::string{}.swap(empty);
}

}  // namespace

Connection::Connection(int socket, int stop, ConnectionLimits limits, ClientWaits& waits)
    : socket_(socket), stop_(stop), limits_(limits), waits_(waits) {
  const int on = 1;  // or each kept connection waits 40 ms for the client's delayed acknowledgement
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Connection::~Connection() {
  close(socket_);
}

bool Connection::next_request() {
  if (end_of_head(received_) == std::string::npos && !receive_head()) return false;
  const std::size_t end = end_of_head(received_);
  if (end == std::string::npos || end > kLongestHead) {
    refuse(RequestHead::Verdict::too_long);
  } else {
    read_ = 0;
    head_ = parse_head(std::string_view{received_}.substr(0, end));
    received_.erase(0, end);
    head_.close = head_.close || gave_way_;
  }
  return true;
}

void Connection::refuse(RequestHead::Verdict verdict) {
  read_ = 0;
  head_ = refused_head(verdict);
}

// True when there is all of it, or too much for a head.
bool Connection::receive_head() {
  if (received_.empty()) give_back_memory(received_);
  const ClientWaits::Wait wait(waits_, socket_, ClientWaits::For::request);
  if (received_.empty() && !wait_for_first_byte()) return false;
  const Deadline deadline = after(limits_.read);
  while (end_of_head(received_) == std::string::npos && received_.size() <= kLongestHead) {
    if (!receive(deadline)) return false;
  }
  gave_way_ = wait.ended();
  return true;
}

bool Connection::wait_for_first_byte() {
  std::array<pollfd, 2> both{{{socket_, POLLIN, 0}, {stop_, POLLIN, 0}}};
  const Deadline deadline = after(limits_.idle);
  while (poll(both.data(), both.size(), milliseconds_until(deadline)) < 0) {
    if (errno != EINTR) return false;
  }
  return both[0].revents != 0;
}

bool Connection::receive(Deadline deadline) {
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t count = recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count > 0) {
      received_.append(buffer.data(), static_cast<std::size_t>(count));
      return true;
    }
    if (count == 0 || (errno != EAGAIN && errno != EINTR)) return false;
    if (!wait_for(POLLIN, deadline)) return false;
  }
}

bool Connection::wait_for(short events, Deadline deadline) const {
  pollfd one{socket_, events, 0};
  for (;;) {
    const int ready = poll(&one, 1, milliseconds_until(deadline));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

bool Connection::send() {
  const Deadline deadline = after(limits_.write);
  std::optional<ClientWaits::Wait> wait;
  std::string_view rest = unsent_;
  while (!rest.empty()) {
    const ssize_t count = ::send(socket_, rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(count));
      continue;
    }
    if (errno != EAGAIN && errno != EINTR) break;
    if (!wait) wait.emplace(waits_, socket_, ClientWaits::For::taking);
    if (!wait_for(POLLOUT, deadline)) break;
  }
  const bool sent = rest.empty();
  unsent_.clear();
  give_back_memory(unsent_);
  return sent;
}

void Connection::linger() {
  shutdown(socket_, SHUT_WR);
  const ClientWaits::Wait wait(waits_, socket_, ClientWaits::For::end);
  const Deadline deadline = after(kLinger);
  do {
    received_.clear();
  } while (milliseconds_until(deadline) > 0 && receive(deadline));
}

ssize_t Connection::read(char* to, std::size_t size) {
  const std::size_t count = head_.forwarded.copy(to, size, read_);
  read_ += count;
  return static_cast<ssize_t>(count);
}

ssize_t Connection::write(const char* from, std::size_t size) {
  unsent_.append(from, size);
  return static_cast<ssize_t>(size);
}

void Connection::get_remote_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}

void Connection::get_local_ip_and_port(std::string& ip, int& port) const {
  get_remote_ip_and_port(ip, port);
}

}  // namespace tailor::http
