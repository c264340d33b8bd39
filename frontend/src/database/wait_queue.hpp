#pragma once

#include <deque>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "waiting/caller.hpp"
#include "waiting/event.hpp"

namespace tailor::database {

/// Hands items to waiting threads in the order in which they came: an item that is given goes to the one
/// who has waited longest and wakes nobody else. While the queue is closed, nobody waits for what is not
/// there.
template <typename Item>
class WaitQueue {
 public:
  /// An item, or nothing: the deadline passed, the caller left, or the queue is (or was meanwhile) closed.
  /// Who must wait is told to `admit`, with the number of those before him; it throws to send him away.
  template <typename Admit>
  std::optional<Item> take(const Patience& patience, const Admit& admit) {
    std::unique_lock lock(mutex_);
    if (!idle_.empty()) return take_idle();
    if (closed_) return std::nullopt;
    admit(waiting_.size());
    Ticket ticket;
    waiting_.push_back(&ticket);
    lock.unlock();
    wait_for(ticket.called_event.descriptor(), POLLIN, patience);
    lock.lock();
    if (!ticket.called) std::erase(waiting_, &ticket);
    return std::move(ticket.item);
  }

  void give(Item item) {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) {
      idle_.push_back(std::move(item));
    } else {
      call_next(std::move(item));
    }
  }

  /// Sends all who wait away with nothing, and all who come while no item is idle.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    while (!waiting_.empty()) call_next(std::nullopt);
  }

  void open() {
    const std::lock_guard lock(mutex_);
    closed_ = false;
  }

  bool closed() const {
    const std::lock_guard lock(mutex_);
    return closed_;
  }

  struct Counts {
    std::size_t idle;
    std::size_t waiting;
  };
  Counts counts() const {
    const std::lock_guard lock(mutex_);
    return {idle_.size(), waiting_.size()};
  }

  /// Takes out the idle items for which `unwanted` holds.
  template <typename Predicate>
  std::vector<Item> take_if(Predicate unwanted) {
    const std::lock_guard lock(mutex_);
    std::vector<Item> taken;
    for (auto item = idle_.begin(); item != idle_.end();) {
      if (unwanted(*item)) {
        taken.push_back(std::move(*item));
        item = idle_.erase(item);
      } else {
        ++item;
      }
    }
    return taken;
  }

 private:
  struct Ticket {
    Event called_event;
    std::optional<Item> item;
    bool called = false;
  };

  // Last given, first taken: its caches are the warmest.
  Item take_idle() {
    Item item = std::move(idle_.back());
    idle_.pop_back();
    return item;
  }

  void call_next(std::optional<Item> item) {
    Ticket& next = *waiting_.front();
    waiting_.pop_front();
    next.item = std::move(item);
    next.called = true;
    next.called_event.set();  // under the lock: the ticket dies as soon as its owner gets it
  }

  mutable std::mutex mutex_;
  std::deque<Item> idle_;
  std::deque<Ticket*> waiting_;
  bool closed_ = false;
};

}  // namespace tailor::database
