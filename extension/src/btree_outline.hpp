// Guesses on which leaf page of a B-tree a text stands: by its inner pages as they once were, their keys cut
// to eight bytes and compared as such. The way down through the pages themselves costs at each of them a pin,
// a lock, and eight comparisons by the collation.
//
// No more than a guess: pages were split since, or the collation's order is another. Who uses it looks
// whether the key stands there.
#pragma once

#include <string_view>

#include "src/postgres.hpp"

extern "C" {
#include "storage/block.h"
#include "utils/rel.h"
}

namespace tailor {

/// A copy of an inner page.
struct OutlineNode;

/// Of one index. For the life of the session.
class BtreeOutline {
 public:
  /// That of an index, empty at first.
  static BtreeOutline* of(Relation index);

  /// The leaf page where the key should be; InvalidBlockNumber: no idea. Reads inner pages that are not
  /// known.
  BlockNumber guess(Relation index, std::string_view key);

  /// The same by what is known already.
  BlockNumber known(std::string_view key) const;

  /// How the last guess() turned out. Wrong ones are forgotten; where they are many no more are made.
  void was_right();
  void was_wrong();

 private:
  static void forget_all();

  Oid storage_;
  int credit_;
  OutlineNode* root_;
  OutlineNode** last_;  // what the last guess was made by
};

}  // namespace tailor
