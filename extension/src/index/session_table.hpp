// Tables of what a session remembers, at places given by hashes.
#pragma once

#include "src/postgres.hpp"

extern "C" {
#include <sys/mman.h>
#include "utils/memutils.h"
}

namespace tailor {

/// Slots that are zero at first. The memory is taken when the first is asked for; it is read at random, so
/// the kernel is asked to map it by huge pages, which spares the TLB.
template <typename Slot, std::size_t kSlots>
class SessionTable {
 public:
  Slot& at(uint64 hash) {
    if (slots_ == nullptr) slots_ = take();
    return slots_[hash % kSlots];
  }

 private:
  static constexpr std::size_t kHugePage = std::size_t{2} << 20;

  static Slot* take() {
    constexpr std::size_t bytes = TYPEALIGN(kHugePage, kSlots * sizeof(Slot));
    auto* memory = static_cast<char*>(MemoryContextAllocHuge(TopMemoryContext, bytes + kHugePage));
    auto* slots = reinterpret_cast<Slot*>(TYPEALIGN(kHugePage, memory));
#ifdef MADV_HUGEPAGE
    madvise(slots, bytes, MADV_HUGEPAGE);
#endif
    memset(slots, 0, bytes);
    return slots;
  }

  Slot* slots_ = nullptr;
};

}  // namespace tailor
