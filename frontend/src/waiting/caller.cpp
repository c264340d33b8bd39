#include "waiting/caller.hpp"

#include <array>
#include <cerrno>
#include <system_error>

namespace tailor {

// A client that shuts its sending side down counts as gone: it could not be told from one that closed.
bool Caller::left() {
  if (watched_.fd >= 0) {
    pollfd now = watched_;
    if (poll(&now, 1, 0) <= 0) return false;
    client_left_ = true;
    watched_ = {others_ != nullptr ? others_->deserted() : -1, POLLIN, 0};
  }
  return client_left_ && (others_ == nullptr || !others_->any());
}

Caller::Sharing::~Sharing() {
  caller_.others_ = nullptr;
  if (caller_.client_left_) caller_.watched_.fd = -1;
}

Woken wait_for(int descriptor, short events, const Patience& patience) {
  for (;;) {
    std::array<pollfd, 2> both{{{descriptor, events, 0}, {-1, 0, 0}}};
    if (patience.caller != nullptr) both[1] = patience.caller->watched();
    const int ready = poll(both.data(), both.size(), milliseconds_until(patience.deadline));
    if (ready < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "poll");
    if (ready < 0) continue;
    if (both[0].revents != 0) return Woken::ready;
    if (both[1].revents != 0 && patience.caller->left()) return Woken::left;
    if (ready == 0) return Woken::deadline;
  }
}

}  // namespace tailor
