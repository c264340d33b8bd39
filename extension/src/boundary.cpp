#include "src/boundary.hpp"

#include <cstring>

namespace tailor {

void raise(const PureFailure& failure) {
  if (failure.out_of_memory)
    ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("tailor_search: out of memory")));
  ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("tailor_search: %s", failure.message)));
  pg_unreachable();
}

char* palloc_copy(std::string_view text) {
  if (text.size() >= MaxAllocSize) throw std::bad_alloc();
  auto* copy = static_cast<char*>(palloc_extended(text.size() + 1, MCXT_ALLOC_NO_OOM));
  if (copy == nullptr) throw std::bad_alloc();
  std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  return copy;
}

}  // namespace tailor
