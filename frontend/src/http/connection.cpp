#include "http/connection.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "runtime/request_context.hpp"

namespace tailor::http {
namespace {

constexpr Seconds kLinger{0.5};

// Removes the bytes that were sent from the front of the parts.
void advance(std::array<iovec, 2>& parts, std::size_t sent) {
  for (iovec& part : parts) {
    const std::size_t of_this = std::min(sent, part.iov_len);
    part.iov_base = static_cast<char*>(part.iov_base) + of_this;
    part.iov_len -= of_this;
    sent -= of_this;
  }
}

// Bytes sent that the client's kernel has not acknowledged.
int unacknowledged(int socket) {
  int bytes = 0;
  return ioctl(socket, TIOCOUTQ, &bytes) == 0 ? bytes : 0;
}

}  // namespace

Connection::Connection(int socket, ConnectionLimits limits, IdleConnections& waits)
    : socket_(socket), limits_(limits), waits_(waits) {
  const int on = 1;  // otherwise each answer waits 40 ms for the client's delayed acknowledgement
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Connection::~Connection() {
  deregister(socket_);
  close(socket_);
}

bool Connection::next_request() {
  received_at_ = Clock::now();  // unless it has to wait
  const bool complete = end_of_head(received_) != std::string::npos;
  if (complete || !drained_) yield();  // a client that pipelines requests must not occupy the thread
  if (!complete && !receive_head()) return false;
  const std::size_t end = std::min(end_of_head(received_), received_.size());
  head_ = guard_head(std::string_view{received_}.substr(0, end));
  received_.erase(0, end);
  head_.close = head_.close || evicted_;
  return true;
}

// True when the head is complete or too long.
bool Connection::receive_head() {
  if (received_.empty() && !receive_first_bytes()) return false;
  if (end_of_head(received_) != std::string::npos) return true;
  const IdleConnections::Wait wait(waits_, socket_, IdleConnections::For::rest);
  const Deadline deadline = after(limits_.read);
  while (end_of_head(received_) == std::string::npos && received_.size() <= kLongestHead) {
    if (!receive(deadline)) return false;
  }
  evicted_ = evicted_ || wait.ended();
  return true;
}

// The first bytes are nearly always the whole request, and have mostly not arrived yet: so it waits before it
// reads, unless the last read filled its buffer, because the edge-triggered wait reports only new bytes.
bool Connection::receive_first_bytes() {
  const IdleConnections::Wait wait(waits_, socket_, IdleConnections::For::request);
  const Deadline deadline = after(limits_.idle);
  if (drained_ && !wait_for_more(deadline, Priority::new_request)) return false;
  if (!receive(deadline)) return false;
  evicted_ = wait.ended();
  received_.shrink_to_fit();
  return true;
}

bool Connection::receive(Deadline deadline) {
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t count = recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count > 0) {
      received_.append(buffer.data(), static_cast<std::size_t>(count));
      drained_ = count < std::ssize(buffer);
      return true;
    }
    if (count == 0 || (errno != EAGAIN && errno != EINTR)) return false;
    if (!wait_for_more(deadline)) return false;
  }
}

bool Connection::wait_for_more(Deadline deadline, Priority priority) {
  if (wait_for(socket_, POLLIN, {deadline, nullptr, priority}) != WaitResult::ready) return false;
  received_at_ = wait_ended();
  return true;
}

bool Connection::send(std::string_view head, std::string_view body) {
  const Deadline at_stop = after(limits_.stop);
  std::optional<IdleConnections::Wait> wait;
  std::array<iovec, 2> parts{
      {{const_cast<char*>(head.data()), head.size()}, {const_cast<char*>(body.data()), body.size()}}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  for (std::size_t left = head.size() + body.size();;) {
    const ssize_t count = sendmsg(socket_, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0) {
      left -= static_cast<std::size_t>(count);
      if (left == 0) return true;
      advance(parts, static_cast<std::size_t>(count));
      continue;
    }
    if (errno != EAGAIN && errno != EINTR) return false;
    if (!wait) wait.emplace(waits_, socket_, IdleConnections::For::taking);
    if (!wait_for_room(at_stop)) return false;
  }
}

// The kernel reports room only after much of its buffer was read, which takes a slow client long. So progress
// is measured by acknowledged bytes. Once the server stops, `at_stop` bounds the wait.
bool Connection::wait_for_room(Deadline at_stop) {
  Deadline deadline = after(limits_.write);
  for (int before = unacknowledged(socket_);;) {
    if (waits_.idle_ended() && Clock::now() >= at_stop) return false;
    if (wait_for(socket_, POLLOUT, std::min(deadline, after(limits_.stop))) == WaitResult::ready) return true;
    const int now = unacknowledged(socket_);
    if (now >= before && Clock::now() >= deadline) return false;
    if (now < before) deadline = after(limits_.write);
    before = now;
  }
}

void Connection::linger() {
  shutdown(socket_, SHUT_WR);
  const IdleConnections::Wait wait(waits_, socket_, IdleConnections::For::end);
  const Deadline deadline = after(kLinger);
  do {
    received_.clear();
    yield();  // a client that sends without end must not occupy the thread
  } while (milliseconds_until(deadline) > 0 && receive(deadline));
}

}  // namespace tailor::http
