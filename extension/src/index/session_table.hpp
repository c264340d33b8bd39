// Hash tables that live as long as the session.
#pragma once

#include "src/postgres.hpp"

extern "C" {
#include <sys/mman.h>
#include "utils/memutils.h"
}

namespace tailor {

/// Zero-initialised slots, allocated at first use. Access is random, so the kernel is asked for huge pages,
/// which saves TLB misses.
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
