#include "src/engine/cluster_counts.hpp"

#include <algorithm>

namespace tailor {

ClusterCounts::ClusterCounts(int zoom) : level_(cluster_level(zoom)) {
  constexpr long kExpected = 256;
  HASHCTL control{};
  control.keysize = sizeof(ClusterTally::cell);
  control.entrysize = sizeof(ClusterTally);
  control.hcxt = CurrentMemoryContext;
  tallies_ = hash_create("clusters", kExpected, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

void ClusterCounts::sum_up() {
  if (waiting_ > 0) last_->sum.add({leaves_, static_cast<std::size_t>(waiting_)});
  waiting_ = 0;
}

void ClusterCounts::go_to(uint64 cell) {
  sum_up();
  if (last_ != nullptr && last_->cell == cell) return;
  bool found = false;
  auto* tally = static_cast<ClusterTally*>(hash_search(tallies_, &cell, HASH_ENTER, &found));
  if (!found) {
    tally->count = 0;
    tally->sum = ClusterSum{};
    tally->row = 0;
    tally->id = nullptr;
  }
  last_ = tally;
}

ClusterTally** ClusterCounts::sorted(int& count) const {
  const auto most = static_cast<std::size_t>(hash_get_num_entries(tallies_));
  // NOLINTNEXTLINE(bugprone-sizeof-expression): these are pointers
  void* room = palloc_extended(Max(most, 1) * sizeof(ClusterTally*), MCXT_ALLOC_HUGE);
  auto** tallies = static_cast<ClusterTally**>(room);
  HASH_SEQ_STATUS each;
  hash_seq_init(&each, tallies_);
  while (void* tally = hash_seq_search(&each)) tallies[count++] = static_cast<ClusterTally*>(tally);
  std::sort(tallies, tallies + count, [](const ClusterTally* a, const ClusterTally* b) {
    return a->count != b->count ? a->count > b->count : a->cell < b->cell;
  });
  return tallies;
}

}  // namespace tailor
