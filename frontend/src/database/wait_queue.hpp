#pragma once

#include <atomic>
#include <deque>
#include <memory>
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
    while (!ticket.called && wait_for(ticket.event->descriptor(), POLLIN, patience) == Woken::ready)
      ticket.event->clear();
    if (ticket.called) return std::move(ticket.item);
    lock.lock();
    if (!ticket.called) std::erase(waiting_, &ticket);
    return std::move(ticket.item);
  }

  void give(Item item) {
    SharedEvent called;
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.empty()) {
        idle_.push_back(std::move(item));
        return;
      }
      called = call_next(std::move(item));
    }
    called->set();
  }

  /// Sends all who wait away with nothing, and all who come while no item is idle.
  void close() {
    std::vector<SharedEvent> called;
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      while (!waiting_.empty()) called.push_back(call_next(std::nullopt));
    }
    for (const SharedEvent& each : called) each->set();
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
  using SharedEvent = std::shared_ptr<Event>;

  // A thread waits in one place at a time, and keeps its event: making one takes longer than waking by it.
  static const SharedEvent& event_of_thread() {
    thread_local const auto event = std::make_shared<Event>();
    return event;
  }

  struct Ticket {
    const SharedEvent event = event_of_thread();
    std::optional<Item> item;
    std::atomic<bool> called = false;
  };

  // Last given, first taken: its caches are the warmest.
  Item take_idle() {
    Item item = std::move(idle_.back());
    idle_.pop_back();
    return item;
  }

  // The event is set once the lock is released, so that who wakes does not run into it. By then the ticket
  // may be gone, and its thread wait for another: it looks again.
  SharedEvent call_next(std::optional<Item> item) {
    Ticket& next = *waiting_.front();
    waiting_.pop_front();
    SharedEvent event = next.event;
    next.item = std::move(item);
    next.called = true;
    return event;
  }

  mutable std::mutex mutex_;
  std::deque<Item> idle_;
  std::deque<Ticket*> waiting_;
  bool closed_ = false;
};

}  // namespace tailor::database
