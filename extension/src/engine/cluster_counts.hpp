// Counts the tailors of a scan by the cells of a map.
#pragma once

#include "src/engine/clusters.hpp"

extern "C" {
#include "utils/hsearch.h"
}

namespace tailor {

/// A cluster while it is counted.
struct ClusterTally {
  uint64 cell;  // the hash key
  int64 count;
  ClusterSum sum;
  uint64 row;      // of the first tailor, for engines that read its id at the end
  const text* id;  // of the first tailor, for others
};

/// Takes memory for each cluster, not for each tailor.
class ClusterCounts {
 public:
  /// Allocates in the current memory context.
  explicit ClusterCounts(int zoom);

  /// Adds the tailor at a leaf cell. If it is in the cluster of the one before, as mostly in the index's
  /// order, nothing is looked up.
  ClusterTally& add(int64 leaf) {
    const uint64 cell = cluster_cell(leaf, level_);
    if (last_ == nullptr || last_->cell != cell || waiting_ == kMostWaiting) go_to(cell);
    leaves_[waiting_++] = leaf;
    ++last_->count;
    return *last_;
  }

  /// In the current memory context. `id_of(const ClusterTally&)` returns the id of a tailor that is alone in
  /// its cell.
  template <typename IdOf>
  Clusters* finish(IdOf id_of) {
    sum_up();
    int count = 0;
    ClusterTally* const* tallies = sorted(count);
    auto* clusters = static_cast<Clusters*>(palloc(sizeof(Clusters)));
    *clusters = {static_cast<Cluster*>(palloc(sizeof(Cluster) * Max(count, 1))), count};
    for (int i = 0; i < count; ++i) {
      const ClusterTally& tally = *tallies[i];
      const bool alone = tally.count == 1;
      clusters->items[i] = {tally.count, mean_of(tally.sum), bounds_of(tally.sum),
                            alone ? id_of(tally) : nullptr};
    }
    return clusters;
  }

 private:
  void go_to(uint64 cell);
  void sum_up();
  ClusterTally** sorted(int& count) const;

  static constexpr int kMostWaiting = 256;

  int level_;
  HTAB* tallies_;
  ClusterTally* last_ = nullptr;
  // The last cluster's leaf cells that are not summed yet.
  int waiting_ = 0;
  int64 leaves_[kMostWaiting];
};

}  // namespace tailor
