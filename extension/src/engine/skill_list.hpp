// The skills of a tailor or of a search, read from a stored text[].
#pragma once

#include "src/postgres.hpp"

extern "C" {
#include "access/tupmacs.h"
#include "miscadmin.h"
#include "utils/array.h"
}

namespace tailor {

/// Reads one list after the other. Its memory is that of the longest.
class SkillList {
 public:
  /// From each skill so many bytes can be read, even if it has fewer.
  static constexpr Size kWord = sizeof(uint64);

  /// Allocates in the current memory context, in read(), too.
  SkillList() : memory_(CurrentMemoryContext) {}

  /// Reads a text[] as it is stored.
  void read(Datum skills);

  /// Calls `visit(const text*)` with each skill that is not NULL, while it returns true. True if all did.
  template <typename Visit>
  bool each(Visit visit) const {
    const auto* list = reinterpret_cast<const ArrayType*>(list_);
    const int count = ArrayGetNItems(ARR_NDIM(list), ARR_DIMS(list));
    const uint8* present = ARR_NULLBITMAP(list);
    const char* at = ARR_DATA_PTR(list);
    for (int i = 0; i < count; ++i) {
      CHECK_FOR_INTERRUPTS();
      if (present != nullptr && att_isnull(i, present)) continue;
      const auto* skill = reinterpret_cast<const text*>(at);
      if (!visit(skill)) return false;
      at += INTALIGN(VARSIZE_ANY(skill));
    }
    return true;
  }

 private:
  MemoryContext memory_;
  char* list_ = nullptr;  // a copy, as an index stores a short list with a short header, so not aligned
  Size room_ = 0;
};

}  // namespace tailor
