#include "src/engine/skill_filter.hpp"

#include <cstring>

extern "C" {
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
}

namespace tailor {
namespace {

bool equal_bytes(const text* a, const text* b) {
  const Size size = VARSIZE_ANY_EXHDR(a);
  return size == VARSIZE_ANY_EXHDR(b) && std::memcmp(VARDATA_ANY(a), VARDATA_ANY(b), size) == 0;
}

}  // namespace

SkillFilter::SkillFilter(ArrayType* wanted, bool all) : wanted_(wanted), all_(all) {
  if (wanted == nullptr) return;
  fmgr_info(all ? F_ARRAYCONTAINS : F_ARRAYOVERLAP, &operator_);
  wanted_list_.read(PointerGetDatum(wanted));
}

void SkillFilter::open(Oid collation) {
  collation_ = collation;
  by_bytes_ = get_collation_isdeterministic(collation);
}

bool SkillFilter::passes(Datum skills) {
  if (by_bytes_) return passes_by_bytes(skills);
  return DatumGetBool(FunctionCall2Coll(&operator_, collation_, skills, PointerGetDatum(wanted_)));
}

bool SkillFilter::passes_by_bytes(Datum skills) {
  list_.read(skills);
  if (all_) return wanted_list_.each([this](const text* skill) { return has(skill); });
  return !wanted_list_.each([this](const text* skill) { return !has(skill); });
}

bool SkillFilter::has(const text* skill) const {
  return !list_.each([skill](const text* its) { return !equal_bytes(skill, its); });
}

}  // namespace tailor
