#include "cache/entry.hpp"

namespace tailor::cache {

std::size_t Entry::bytes() const {
  std::size_t sum = sizeof(*this) + snapshot.capacity() + origin.capacity() + scope.tailor.capacity();
  if (scope.shown) {
    for (const std::string& id : *scope.shown) sum += sizeof(std::string) + id.capacity();
  }
  return sum + (representation ? representation->bytes() : 0);
}

bool current(const Journal& journal, const Entry& entry) {
  const Journal::Position now = journal.now();
  const Journal::Position checked = entry.checked.load(std::memory_order_relaxed);
  if (checked == now) return true;
  if (!journal.current(checked, entry.scope)) return false;
  entry.checked.store(now, std::memory_order_relaxed);  // it was at least until there
  return true;
}

}  // namespace tailor::cache
