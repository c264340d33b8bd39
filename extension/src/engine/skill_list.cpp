#include "src/engine/skill_list.hpp"

#include <cstring>

extern "C" {
#include "access/detoast.h"
}

namespace tailor {

void SkillList::read(Datum skills) {
  auto* stored = reinterpret_cast<varlena*>(DatumGetPointer(skills));
  const bool whole = !VARATT_IS_EXTERNAL(stored) && !VARATT_IS_COMPRESSED(stored);
  varlena* list = whole ? stored : detoast_attr(stored);
  const Size size = VARSIZE_ANY_EXHDR(list) + VARHDRSZ;
  if (size + kWord > room_) {
    if (list_ != nullptr) pfree(list_);
    room_ = Max(2 * size, Size{1024}) + kWord;
    list_ = static_cast<char*>(MemoryContextAllocExtended(memory_, room_, MCXT_ALLOC_HUGE));
  }
  SET_VARSIZE(list_, size);
  std::memcpy(VARDATA(list_), VARDATA_ANY(list), size - VARHDRSZ);
  if (!whole) pfree(list);
}

}  // namespace tailor
