#include "cache/entry.hpp"

namespace tailor::cache {

std::size_t Entry::bytes() const {
  std::size_t sum = sizeof(*this) + snapshot.capacity() + origin.capacity() + dependencies.tailor.capacity();
  if (dependencies.shown) sum += dependencies.shown->capacity();
  return sum + (representation ? representation->bytes() : 0);
}

bool current(const ChangeLog& change_log, const Entry& entry) {
  const ChangeLog::Position now = change_log.now();
  const ChangeLog::Position checked = entry.checked.load(std::memory_order_relaxed);
  if (checked == now) return true;
  if (!change_log.current(checked, entry.dependencies)) return false;
  entry.checked.store(now, std::memory_order_relaxed);  // the entry is current up to here
  return true;
}

}  // namespace tailor::cache
