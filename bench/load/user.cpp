#include "user.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <string_view>

namespace {

struct Answer {
  std::size_t size;  // of head and body
  int status;
  bool cache_hit;
  bool close;
};

// The value of a header field; empty when there is none.
std::string_view field(std::string_view head, std::string_view name) {
  for (std::size_t line = head.find("\r\n"); line != head.npos; line = head.find("\r\n", line + 2)) {
    const std::string_view rest = head.substr(line + 2);
    if (rest.size() <= name.size() || rest[name.size()] != ':') continue;
    if (strncasecmp(rest.data(), name.data(), name.size()) != 0) continue;
    const std::string_view value = rest.substr(name.size() + 1);
    return value.substr(0, value.find("\r\n"));
  }
  return {};
}

// The answer, once all of it is there. One without Content-Length never is, and ends as a timeout.
std::optional<Answer> complete(std::string_view text) {
  const std::size_t end = text.find("\r\n\r\n");
  if (end == text.npos) return {};
  const std::string_view head = text.substr(0, end);
  const std::string_view length = field(head, "Content-Length");
  if (length.empty()) return {};
  const std::size_t size = end + 4 + std::strtoul(length.data(), nullptr, 10);
  if (text.size() < size) return {};
  const int status = head.size() > 12 ? std::atoi(head.data() + 9) : 0;
  // RFC 9211: "hit" stands alone, "fwd=miss" does not contain it.
  return Answer{size, status, field(head, "Cache-Status").find("hit") != head.npos,
                field(head, "Connection").find("close") != head.npos};
}

}  // namespace

User::User(const Plan& plan, int epoll, unsigned seed) : plan_(plan), epoll_(epoll), random_(seed) {
  until_ = Clock::now() + random_part(0, 1);
}

User::~User() {
  disconnect();
}

void User::tick(Clock::time_point now, Tally& tally) {
  if (now < until_) return;
  if (state_ == State::thinking) {
    ask(now, tally);
  } else {
    give_up(now, tally.timeouts);
  }
}

void User::on_event(Clock::time_point now, Tally& tally) {
  if (socket_ < 0) return;
  if (state_ == State::waiting && !request_.empty() && !send()) return give_up(now, tally.errors);
  receive(now, tally);
}

void User::think(Clock::time_point now) {
  state_ = State::thinking;
  until_ = now + random_part(0.5, 1.5);
}

Clock::duration User::random_part(double least, double most) {
  const double part = std::uniform_real_distribution(least, most)(random_);
  return std::chrono::duration_cast<Clock::duration>(plan_.think * part);
}

void User::ask(Clock::time_point now, Tally& tally) {
  std::uniform_int_distribution<std::size_t> any(0, plan_.targets.size() - 1);
  request_ = "GET " + plan_.targets[any(random_)] + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  answer_.clear();
  state_ = State::waiting;
  asked_ = now;
  until_ = now + std::chrono::duration_cast<Clock::duration>(plan_.timeout);
  if ((socket_ < 0 && !connect()) || !send()) give_up(now, tally.errors);
}

bool User::connect() {
  socket_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return false;
  const int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(plan_.port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 && errno != EINPROGRESS)
    return false;
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = this;
  return epoll_ctl(epoll_, EPOLL_CTL_ADD, socket_, &event) == 0;
}

void User::disconnect() {
  if (socket_ >= 0) close(socket_);
  socket_ = -1;
}

bool User::send() {
  while (!request_.empty()) {
    const ssize_t sent = ::send(socket_, request_.data(), request_.size(), MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == ENOTCONN;
    request_.erase(0, static_cast<std::size_t>(sent));
  }
  return true;
}

void User::receive(Clock::time_point now, Tally& tally) {
  static std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t got = recv(socket_, buffer.data(), buffer.size(), 0);
    if (got > 0) {
      answer_.append(buffer.data(), static_cast<std::size_t>(got));
      continue;
    }
    const bool empty = got < 0 && (errno == EAGAIN || errno == ENOTCONN);
    if (state_ == State::waiting) take_answer(now, tally);
    if (empty) return;
    if (state_ == State::waiting) return give_up(now, tally.errors);
    return disconnect();  // an idle connection that the server closed: the next question makes a new one
  }
}

void User::take_answer(Clock::time_point now, Tally& tally) {
  const auto answer = complete(answer_);
  if (!answer) return;
  const double milliseconds = Seconds(now - asked_).count() * 1e3;
  if (answer->status / 100 == 2) tally.latencies.add(milliseconds);
  if (answer->status / 100 != 2) ++tally.not_2xx;
  if (answer->status == 503) tally.refusals.add(milliseconds);
  if (answer->cache_hit) ++tally.cache_hits;
  if (answer->close) disconnect();
  think(now);
}

void User::give_up(Clock::time_point now, std::size_t& reason) {
  ++reason;
  disconnect();
  think(now);
}
