#include "waiting/caller.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace tailor {

// A client that shuts its sending side down counts as gone: it could not be told from one that closed.
bool Caller::left() {
  if (watched_.fd >= 0) {
    pollfd now = watched_;
    if (::poll(&now, 1, 0) <= 0) return false;
    client_left_ = true;
    watched_.fd = -1;
  }
  return client_left_ && (others_ == nullptr || !others_->any());
}

Caller::Sharing::~Sharing() {
  caller_.others_ = nullptr;
}

namespace {

// When the client is watched as well. Most waits are over before that, under load, too, and it would take
// them longer than it is worth.
constexpr Seconds kQuery{0.05};
constexpr Seconds kTurn{1};  // for one's turn, or another's answer: that takes nothing of the database

// Waits of one fiber or thread for the same.
class Wait {
 public:
  Wait(int descriptor, short events, const Patience& patience)
      : awaited_{descriptor, events, 0}, patience_(patience) {}

  // Once; nothing when it ended for a reason that does not count.
  std::optional<Woken> once() {
    std::array<pollfd, 2> both{awaited_, {-1, 0, 0}};
    const bool watches = std::exchange(watches_, true);
    if (watches && patience_.caller != nullptr) both[1] = patience_.caller->watched();
    poll(both, watches ? patience_.deadline : std::min(patience_.deadline, unwatched_until_), patience_.then);
    if (both[0].revents != 0) return Woken::ready;
    if (patience_.caller != nullptr && (both[1].revents != 0 || patience_.caller->client_left()) &&
        patience_.caller->left())
      return Woken::left;
    if (Clock::now() >= patience_.deadline) return Woken::deadline;
    return std::nullopt;
  }

 private:
  const pollfd awaited_;
  const Patience patience_;
  const Deadline unwatched_until_ = after(awaited_.fd < 0 ? kTurn : kQuery);
  bool watches_ = patience_.caller == nullptr;
};

}  // namespace

Woken wait_for(int descriptor, short events, const Patience& patience) {
  for (Wait wait(descriptor, events, patience);;) {
    if (const auto woken = wait.once()) return *woken;
  }
}

Woken wait_until(const Patience& patience, const std::function<bool()>& holds) {
  return wait_for(-1, 0, patience, holds);
}

Woken wait_for(int descriptor, short events, const Patience& patience, const std::function<bool()>& holds) {
  for (Wait wait(descriptor, events, patience); !holds();) {
    const auto woken = wait.once();
    if (woken && (*woken == Woken::ready || !holds())) return *woken;
  }
  return Woken::ready;
}

}  // namespace tailor
