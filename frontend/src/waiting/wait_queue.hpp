#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "waiting/caller.hpp"
#include "waiting/waker.hpp"

namespace tailor {

/// Hands items to those who wait in the order in which they came: an item that is given goes to the one
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
    wait_until(patience, [&ticket] { return ticket.called.load(); });
    if (ticket.called) return std::move(ticket.item);
    lock.lock();
    if (!ticket.called) std::erase(waiting_, &ticket);
    return std::move(ticket.item);
  }

  void give(Item item) {
    SharedWaker called;
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.empty()) {
        idle_.push_back(std::move(item));
        return;
      }
      called = call_next(std::move(item));
    }
    called->wake();
  }

  /// Sends all who wait away with nothing, and all who come while no item is idle.
  void close() {
    std::vector<SharedWaker> called;
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      while (!waiting_.empty()) called.push_back(call_next(std::nullopt));
    }
    for (const SharedWaker& each : called) each->wake();
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
  using SharedWaker = std::shared_ptr<Waker>;

  struct Ticket {
    const SharedWaker waker = own_waker();
    std::optional<Item> item;
    std::atomic<bool> called = false;
  };

  // Last given, first taken: its caches are the warmest.
  Item take_idle() {
    Item item = std::move(idle_.back());
    idle_.pop_back();
    return item;
  }

  // It is woken once the lock is released, so that it does not run into it. By then the ticket may be gone,
  // and it may wait for another: it looks again.
  SharedWaker call_next(std::optional<Item> item) {
    Ticket& next = *waiting_.front();
    waiting_.pop_front();
    SharedWaker waker = next.waker;
    next.item = std::move(item);
    next.called = true;
    return waker;
  }

  mutable std::mutex mutex_;
  std::deque<Item> idle_;
  std::deque<Ticket*> waiting_;
  bool closed_ = false;
};

}  // namespace tailor
