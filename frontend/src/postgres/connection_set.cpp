#include "postgres/connection_set.hpp"

#include <algorithm>

namespace tailor::postgres {

void ConnectionSet::put(const PipelineSlot& slot) {
  if (slot->left) return;
  if (slot->queries > 0) {
    --slot->queries;
  } else {
    slots_.push_back(slot);
  }
}

std::optional<PipelineSlot> ConnectionSet::take() {
  PipelineSlot slot = shortest();
  if (!slot) return std::nullopt;
  ++slot->queries;
  return slot;
}

std::size_t ConnectionSet::idle() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(slots_, [](const PipelineSlot& slot) { return slot->queries == 0; }));
}

// The first of equal ones, so that under light load the same connections serve, with warm caches.
PipelineSlot ConnectionSet::shortest() const {
  const std::size_t most = admission_.queries_are_short() ? length_ : 1;
  PipelineSlot best;
  for (const PipelineSlot& slot : slots_) {
    const bool free = slot->queries < (slot->connection.abandoned() > 0 ? 1 : most);
    if (free && (!best || slot->queries < best->queries)) best = slot;
  }
  return best;
}

}  // namespace tailor::postgres
