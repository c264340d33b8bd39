#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/request_context.hpp"
#include "runtime/waker.hpp"

namespace tailor {

/// Idle items. The item returned last is taken first, because its caches are the warmest.
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

  /// The number of unused items.
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

/// Hands items to waiters first come, first served: a returned item goes to the longest waiter and wakes no
/// other. While the queue is closed, take() returns nothing instead of waiting. Items without a waiter are in
/// a Store, which chooses the item to hand out, if any.
template <typename Item, typename Store = Stack<Item>>
class WaitQueue {
 public:
  explicit WaitQueue(Store store = {}) : store_(std::move(store)) {}

  /// An item, or nothing: the deadline passed, the client left, or the queue is closed or was closed
  /// meanwhile. Before a wait, `admit` is called with the number of waiters ahead; it throws to refuse the
  /// wait.
  template <typename Admit>
  std::optional<Item> take(const WaitOptions& options, const Admit& admit) {
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
      wait_until(options, [&ticket] { return ticket.called.load(); });
    } catch (...) {  // out of memory, or the client's socket cannot be watched
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

  /// Ends all waits with nothing, and later ones too, until open(). Idle items are still handed out.
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
    bool ready;        // take() would not wait
    std::size_t idle;  // unused items
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

  // Null when there is no waiter or no item.
  SharedWaker hand_out() {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) return nullptr;
    auto item = store_.take();
    return item ? call_next(std::move(item)) : nullptr;
  }

  // The waiter is woken after the lock is released, or it would block on it at once. A late wakeup is
  // harmless: each wait checks its condition again.
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
