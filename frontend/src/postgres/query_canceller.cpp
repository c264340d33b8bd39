#include "postgres/query_canceller.hpp"

#include <utility>

#include "runtime/poll.hpp"

namespace tailor::postgres {
namespace {

constexpr Seconds kRound{60};  // woken earlier when there is something to do

}  // namespace

QueryCanceller::QueryCanceller(std::function<void(PipelineSlot)> give_back)
    : give_back_(std::move(give_back)) {
  std::promise<std::shared_ptr<Waker>> ready;
  auto waker = ready.get_future();
  thread_ = std::thread([this, ready = std::move(ready)]() mutable { run(std::move(ready)); });
  waker_ = waker.get();
}

QueryCanceller::~QueryCanceller() {
  stopping_ = true;
  waker_->wake();
  thread_.join();
}

void QueryCanceller::stop(PipelineSlot slot) {
  {
    const std::lock_guard lock(mutex_);
    slots_.push_back(std::move(slot));
  }
  waker_->wake();
}

void QueryCanceller::run(std::promise<std::shared_ptr<Waker>> ready) {
  ready.set_value(own_waker());
  while (!stopping_) {
    if (!stop_all()) poll({}, after(kRound));  // otherwise it may have been woken meanwhile
  }
}

// Whether a query was cancelled.
bool QueryCanceller::stop_all() {
  std::vector<PipelineSlot> slots;
  {
    const std::lock_guard lock(mutex_);
    slots.swap(slots_);
  }
  bool any = false;
  for (PipelineSlot& slot : slots) {
    if (slot->connection.stop_abandoned()) {
      any = true;
      give_back_(std::move(slot));
    } else {
      const std::lock_guard lock(mutex_);
      slots_.push_back(std::move(slot));
    }
  }
  return any;
}

}  // namespace tailor::postgres
