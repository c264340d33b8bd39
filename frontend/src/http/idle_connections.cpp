#include "http/idle_connections.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>

namespace tailor::http {
namespace {

// The shortest wait before eviction, or the connections of a burst would evict each other.
constexpr std::chrono::milliseconds kMoment{100};

// Whether the client has sent bytes that the connection's fiber has not yet read.
bool has_come(int socket) {
  pollfd one{socket, POLLIN, 0};
  return poll(&one, 1, 0) > 0;
}

}  // namespace

IdleConnections::Wait::Wait(IdleConnections& waits, int socket, For what)
    : waits_(waits), socket_(socket), what_(what) {
  const std::lock_guard lock(waits_.mutex_);
  auto& list = waits_.first_to_go_;
  place_ = list.insert(what == For::end ? list.begin() : list.end(), this);
  if (what == For::request && waits_.idle_ended_) waits_.end(place_);
}

IdleConnections::Wait::~Wait() {
  const std::lock_guard lock(waits_.mutex_);
  if (place_ != waits_.first_to_go_.end()) waits_.first_to_go_.erase(place_);
}

bool IdleConnections::Wait::ended() const {
  const std::lock_guard lock(waits_.mutex_);
  return place_ == waits_.first_to_go_.end();
}

void IdleConnections::evict_one() {
  const std::lock_guard lock(mutex_);
  const auto latest = Clock::now() - kMoment;
  const auto found = std::ranges::find_if(first_to_go_, [&](const Wait* wait) {
    if (wait->what_ == For::end) return true;
    return wait->since_ < latest && (wait->what_ == For::taking || !has_come(wait->socket_));
  });
  if (found == first_to_go_.end()) return;
  end(found);
  evicted_total_.Increment();
}

void IdleConnections::end_idle() {
  const std::lock_guard lock(mutex_);
  idle_ended_ = true;
  for (auto next = first_to_go_.begin(); next != first_to_go_.end();) {
    const auto wait = next++;
    if ((*wait)->what_ == For::request) end(wait);
  }
}

bool IdleConnections::idle_ended() const {
  const std::lock_guard lock(mutex_);
  return idle_ended_;
}

// Only reading is shut down while a request is arriving, so that it can still be answered.
void IdleConnections::end(List::iterator ended) {
  Wait& wait = **ended;
  const bool coming = wait.what_ == For::request || wait.what_ == For::rest;
  shutdown(wait.socket_, coming ? SHUT_RD : SHUT_RDWR);
  first_to_go_.erase(ended);
  wait.place_ = first_to_go_.end();
}

}  // namespace tailor::http
