#include "src/engine/skill_counts.hpp"

#include <algorithm>
#include <cstring>

extern "C" {
#include "port/pg_bitutils.h"  // before simplehash.h, which includes it within a namespace
#include "utils/fmgrprotos.h"
}

namespace tailor {

struct SkillEntry {
  const text* key;
  SkillTally* tally;
  uint32 hash;
  char status;
};

namespace {

constexpr uint32 kFewSkills = 64;
constexpr Size kWord = SkillList::kWord;

Oid collation_of(const void* given) {
  return static_cast<Oid>(reinterpret_cast<uintptr_t>(given));
}

// As GROUP BY hashes and compares.
uint32 hash_skill(const void* collation, const text* skill) {
  return DatumGetUInt32(DirectFunctionCall1Coll(hashtext, collation_of(collation), PointerGetDatum(skill)));
}

bool equal_skills(const void* collation, const text* a, const text* b) {
  return DatumGetBool(
      DirectFunctionCall2Coll(texteq, collation_of(collation), PointerGetDatum(a), PointerGetDatum(b)));
}

int compare_bytes(const text* a, const text* b) {
  const Size left = VARSIZE_ANY_EXHDR(a), right = VARSIZE_ANY_EXHDR(b);
  if (const int order = std::memcmp(VARDATA_ANY(a), VARDATA_ANY(b), Min(left, right))) return order;
  return left < right ? -1 : int{left > right};
}

const text* copy_text(const text* from, MemoryContext to) {
  const Size size = VARSIZE_ANY_EXHDR(from);
  auto* copy = static_cast<text*>(MemoryContextAlloc(to, size + VARHDRSZ));
  SET_VARSIZE(copy, size + VARHDRSZ);
  std::memcpy(VARDATA(copy), VARDATA_ANY(from), size);
  return copy;
}

uint64 load_word(const char* bytes) {
  uint64 word = 0;
  std::memcpy(&word, bytes, kWord);
  return word;
}

// Eight bytes can be read from `bytes` even if `size` is less.
uint64 load_word(const char* bytes, Size size) {
  const uint64 word = load_word(bytes);
  if (size >= kWord) return word;
#ifdef WORDS_BIGENDIAN
  return size == 0 ? 0 : word >> (8 * (kWord - size));
#else
  return word & ((uint64{1} << (8 * size)) - 1);
#endif
}

// By frequency, then by the bytes that are shown.
bool ranks_before(const SkillFacet& a, const SkillFacet& b) {
  return a.tailors != b.tailors ? a.tailors > b.tailors : compare_bytes(a.skill, b.skill) < 0;
}

}  // namespace

#define SH_PREFIX skill_table
#define SH_ELEMENT_TYPE SkillEntry
#define SH_KEY_TYPE const text*
#define SH_KEY key
#define SH_HASH_KEY(table, key) hash_skill((table)->private_data, key)
#define SH_EQUAL(table, a, b) equal_skills((table)->private_data, a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(table, entry) (entry)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

SkillCounts::SkillCounts(Oid collation) : memory_(CurrentMemoryContext) {
  skills_ = skill_table_create(memory_, kFewSkills, reinterpret_cast<void*>(uintptr_t{collation}));
}

// NULL is no skill.
void SkillCounts::add(Datum skills) {
  list_.read(skills);
  ++tailors_;
  list_.each([this](const text* skill) {
    SkillTally& tally = find(skill);
    if (tally.last_tailor != tailors_) ++tally.tailors;
    tally.last_tailor = tailors_;
    return true;
  });
}

SkillTally& SkillCounts::find(const text* skill) {
  const char* bytes = VARDATA_ANY(skill);
  const Size size = VARSIZE_ANY_EXHDR(skill);
  const uint64 first = load_word(bytes, size);
  const uint64 last = size < kWord ? first : load_word(bytes + size - kWord);
  const uint64 hash = (first ^ last * 0x9E3779B97F4A7C15U ^ size) * 0xD6E8FEB86659FD93U;
  Spelling& recent = recent_[hash >> 56U];
  const bool known = recent.tally != nullptr && recent.first == first && recent.last == last &&
                     recent.size == size &&
                     (size <= 2 * kWord || std::memcmp(recent.bytes, bytes, size) == 0);
  if (known) return *recent.tally;
  SkillTally& tally = find_by_collation(skill);
  // The bytes of a long spelling are compared later, so they must stay.
  if (size <= 2 * kWord || compare_bytes(skill, tally.key) == 0)
    recent = {first, last, static_cast<uint32>(size), VARDATA_ANY(tally.key), &tally};
  return tally;
}

SkillTally& SkillCounts::find_by_collation(const text* skill) {
  bool found = false;
  SkillEntry* entry = skill_table_insert(skills_, skill, &found);
  if (!found) {
    entry->key = copy_text(skill, memory_);
    entry->tally = static_cast<SkillTally*>(MemoryContextAllocZero(memory_, sizeof(SkillTally)));
    entry->tally->key = entry->tally->least = entry->key;
  } else if (compare_bytes(skill, entry->tally->least) < 0) {
    entry->tally->least = copy_text(skill, memory_);
  }
  return *entry->tally;
}

void SkillCounts::finish(Facets& facets) const {
  const uint32 count = skills_->members;
  auto* all = static_cast<SkillFacet*>(palloc_extended(Max(count, 1) * sizeof(SkillFacet), MCXT_ALLOC_HUGE));
  skill_table_iterator at;
  skill_table_start_iterate(skills_, &at);
  for (uint32 i = 0; i < count; ++i) {
    const SkillTally* tally = skill_table_iterate(skills_, &at)->tally;
    all[i] = {tally->least, tally->tailors};
  }
  const uint32 shown = Min(count, kMostFacetSkills);
  std::partial_sort(all, all + shown, all + count, ranks_before);
  facets.skills = all;
  facets.skill_count = static_cast<int>(shown);
  facets.other_skills = int64{count} - shown;
}

}  // namespace tailor
