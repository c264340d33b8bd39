// The matches that may be on the page, selected from all matches.
#pragma once

#include "src/postgres.hpp"
//
#include "core/ranking.hpp"

namespace tailor {

/// Its memory grows with the page number, not with the number of matches, and may exceed MaxAllocSize.
class Candidates {
 public:
  /// Selects the first `head` candidates. Allocates in the current memory context.
  explicit Candidates(std::size_t head) : head_(head), room_(kRoom) {
    while (room_ < 2 * head_ && room_ < kMostRoomAtOnce) room_ *= 2;
    items_ = static_cast<Candidate*>(palloc(room_ * sizeof(Candidate)));
  }

  bool may_pass(int64 rank, double squared_chord) const { return threshold_.may_pass(rank, squared_chord); }

  void add(const Candidate& candidate) {
    if (count_ == room_) make_room();
    items_[count_++] = candidate;
  }

  /// Matches after the cursor: all of them without one.
  int64 remaining = 0;

  Candidate* items() const { return items_; }
  std::size_t count() const { return count_; }

 private:
  // At least half of the room is free afterwards, so the cost of a candidate is constant.
  void make_room() {
    if (count_ > head_) count_ = prune(items_, count_, head_, threshold_);
    if (count_ <= room_ / 2) return;
    room_ *= 2;
    items_ = static_cast<Candidate*>(repalloc_huge(items_, room_ * sizeof(Candidate)));
  }

  static constexpr std::size_t kRoom = 64;
  static constexpr std::size_t kMostRoomAtOnce = 4096;

  std::size_t head_, room_;
  std::size_t count_ = 0;
  Candidate* items_;
  Threshold threshold_;
};

}  // namespace tailor
