// Counts tailors by skill.
#pragma once

#include "src/engine/facets.hpp"
#include "src/engine/skill_list.hpp"

namespace tailor {

struct skill_table_hash;

/// The tailors that have one skill, in whatever spelling.
struct SkillTally {
  const text* key;    // one spelling
  const text* least;  // the least spelling, bytewise
  int64 tailors;
  int64 last_tailor;  // that it counted: a tailor may have a skill twice
};

/// Memory is that of the distinct skills and of the longest list.
class SkillCounts {
 public:
  /// Allocates in the current memory context. Skills are equal by this collation.
  explicit SkillCounts(Oid collation);

  /// Adds a tailor with these skills, a text[] as it is stored.
  void add(Datum skills);

  /// The most frequent skills, and the number of others.
  void finish(Facets& facets) const;

 private:
  // A spelling of at most 16 bytes is determined by its size, its first eight and its last eight.
  struct Spelling {
    uint64 first, last;
    uint32 size;
    const char* bytes;
    SkillTally* tally;
  };

  SkillTally& find(const text* skill);
  SkillTally& find_by_collation(const text* skill);

  static constexpr uint32 kRecent = 256;

  skill_table_hash* skills_;
  MemoryContext memory_;
  int64 tailors_ = 0;
  SkillList list_;
  Spelling recent_[kRecent] = {};  // by hash: spellings repeat
};

}  // namespace tailor
