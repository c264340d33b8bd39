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

/// What nobody uses. Last given, first taken: its caches are the warmest.
template <typename Item>
class Stack {
 public:
  void put(Item item) { items_.push_back(std::move(item)); }

  std::optional<Item> take() {
    if (items_.empty()) return std::nullopt;
    std::optional<Item> item = std::move(items_.back());
    items_.pop_back();
    return item;
  }

  /// Whether take() would give something.
  bool ready() const { return !items_.empty(); }

  /// How many are not in use at all.
  std::size_t idle() const { return items_.size(); }

  /// Takes out those for which `unwanted` holds.
  template <typename Predicate>
  std::vector<Item> take_if(Predicate unwanted) {
    std::vector<Item> taken;
    for (auto item = items_.begin(); item != items_.end();) {
      if (unwanted(*item)) {
        taken.push_back(std::move(*item));
        item = items_.erase(item);
      } else {
        ++item;
      }
    }
    return taken;
  }

 private:
  std::deque<Item> items_;
};

/// Hands items to those who wait in the order in which they came: an item that is given goes to the one
/// who has waited longest and wakes nobody else. While the queue is closed, nobody waits for what is not
/// there. What nobody waits for is in a Store, which chooses what to hand out, if anything.
template <typename Item, typename Store = Stack<Item>>
class WaitQueue {
 public:
  explicit WaitQueue(Store store = {}) : store_(std::move(store)) {}

  /// An item, or nothing: the deadline passed, the caller left, or the queue is (or was meanwhile) closed.
  /// Who must wait is told to `admit`, with the number of those before him; it throws to send him away.
  template <typename Admit>
  std::optional<Item> take(const Patience& patience, const Admit& admit) {
    std::unique_lock lock(mutex_);
    if (auto item = store_.take()) return item;
    if (closed_) return std::nullopt;
    admit(waiting_.size());
    Ticket ticket;
    waiting_.push_back(&ticket);
    lock.unlock();
    const auto leave = [this, &ticket]() -> std::optional<Item> {
      if (ticket.called) return std::move(ticket.item);
      const std::lock_guard again(mutex_);
      if (!ticket.called) std::erase(waiting_, &ticket);
      return std::move(ticket.item);
    };
    try {
      wait_until(patience, [&ticket] { return ticket.called.load(); });
    } catch (...) {  // no memory, or a client that cannot be watched
      if (auto item = leave()) give(*std::move(item));
      throw;
    }
    return leave();
  }

  void give(Item item) {
    {
      const std::lock_guard lock(mutex_);
      store_.put(std::move(item));
    }
    while (const SharedWaker called = hand_out()) called->wake();
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
    bool ready;        // whoever comes need not wait
    std::size_t idle;  // items that nobody uses
    std::size_t waiting;
  };
  Counts counts() const {
    const std::lock_guard lock(mutex_);
    return {store_.ready(), store_.idle(), waiting_.size()};
  }

  /// Takes out the items of the store for which `unwanted` holds.
  template <typename Predicate>
  std::vector<Item> take_if(Predicate unwanted) {
    const std::lock_guard lock(mutex_);
    return store_.take_if(unwanted);
  }

 private:
  using SharedWaker = std::shared_ptr<Waker>;

  struct Ticket {
    const SharedWaker waker = own_waker();
    std::optional<Item> item;
    std::atomic<bool> called = false;
  };

  // Nothing when nobody waits or there is nothing for them.
  SharedWaker hand_out() {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) return nullptr;
    auto item = store_.take();
    return item ? call_next(std::move(item)) : nullptr;
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
  Store store_;
  std::deque<Ticket*> waiting_;
  bool closed_ = false;
};

}  // namespace tailor
