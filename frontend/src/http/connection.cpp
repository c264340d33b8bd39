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

#include "waiting/caller.hpp"

namespace tailor::http {
namespace {

constexpr Seconds kLinger{0.5};

// Takes what was sent off the front of the parts.
void advance(std::array<iovec, 2>& parts, std::size_t sent) {
  for (iovec& part : parts) {
    const std::size_t of_this = std::min(sent, part.iov_len);
    part.iov_base = static_cast<char*>(part.iov_base) + of_this;
    part.iov_len -= of_this;
    sent -= of_this;
  }
}

// How much of what was sent the client's kernel has not acknowledged, in bytes.
int unacknowledged(int socket) {
  int bytes = 0;
  return ioctl(socket, TIOCOUTQ, &bytes) == 0 ? bytes : 0;
}

}  // namespace

Connection::Connection(int socket, ConnectionLimits limits, ClientWaits& waits)
    : socket_(socket), limits_(limits), waits_(waits) {
  const int on = 1;  // or each kept connection waits 40 ms for the client's delayed acknowledgement
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Connection::~Connection() {
  forget(socket_);
  close(socket_);
}

bool Connection::next_request() {
  came_ = Clock::now();  // if nothing is waited for
  const bool complete = end_of_head(received_) != std::string::npos;
  if (complete || !drained_) yield();  // a client that always has the next request must not keep the thread
  if (!complete && !receive_head()) return false;
  const std::size_t end = std::min(end_of_head(received_), received_.size());
  head_ = parse_head(std::string_view{received_}.substr(0, end));
  received_.erase(0, end);
  head_.close = head_.close || gave_way_;
  return true;
}

// True when there is all of it, or too much for a head.
bool Connection::receive_head() {
  if (received_.empty() && !receive_first_bytes()) return false;
  if (end_of_head(received_) != std::string::npos) return true;
  const ClientWaits::Wait wait(waits_, socket_, ClientWaits::For::rest);
  const Deadline deadline = after(limits_.read);
  while (end_of_head(received_) == std::string::npos && received_.size() <= kLongestHead) {
    if (!receive(deadline)) return false;
  }
  gave_way_ = gave_way_ || wait.ended();
  return true;
}

// Nearly always all there is. Nothing has come yet, mostly: it waits before it reads, but where the last
// buffer was full, and more may be there that it is not told of.
bool Connection::receive_first_bytes() {
  const ClientWaits::Wait wait(waits_, socket_, ClientWaits::For::request);
  const Deadline deadline = after(limits_.idle);
  if (drained_ && !wait_for_more(deadline, Then::begin)) return false;
  if (!receive(deadline)) return false;
  gave_way_ = wait.ended();
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

bool Connection::wait_for_more(Deadline deadline, Then then) {
  if (wait_for(socket_, POLLIN, {deadline, nullptr, then}) != Woken::ready) return false;
  came_ = wait_ended();
  return true;
}

bool Connection::send(std::string_view head, std::string_view body) {
  const Deadline at_stop = after(limits_.stop);
  std::optional<ClientWaits::Wait> wait;
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
    if (!wait) wait.emplace(waits_, socket_, ClientWaits::For::taking);
    if (!wait_for_room(at_stop)) return false;
  }
}

// The kernel reports room only once much of what it holds was taken, which a slow client needs long for: what
// counts is whether any of it was. When the server stops, `at_stop` holds, or one client would delay that.
bool Connection::wait_for_room(Deadline at_stop) {
  Deadline deadline = after(limits_.write);
  for (int before = unacknowledged(socket_);;) {
    if (waits_.idle_ended() && Clock::now() >= at_stop) return false;
    if (wait_for(socket_, POLLOUT, std::min(deadline, after(limits_.stop))) == Woken::ready) return true;
    const int now = unacknowledged(socket_);
    if (now >= before && Clock::now() >= deadline) return false;
    if (now < before) deadline = after(limits_.write);
    before = now;
  }
}

void Connection::linger() {
  shutdown(socket_, SHUT_WR);
  const ClientWaits::Wait wait(waits_, socket_, ClientWaits::For::end);
  const Deadline deadline = after(kLinger);
  do {
    received_.clear();
    yield();  // a client that sends without end must not keep the thread
  } while (milliseconds_until(deadline) > 0 && receive(deadline));
}

}  // namespace tailor::http
