#include "database/pipelines.hpp"

#include <algorithm>

namespace tailor::database {

void Pipelines::put(const Place& place) {
  if (place->left) return;
  if (place->queries > 0) {
    --place->queries;
  } else {
    places_.push_back(place);
  }
}

std::optional<Pipelines::Place> Pipelines::take() {
  Place place = shortest();
  if (!place) return std::nullopt;
  ++place->queries;
  return place;
}

std::size_t Pipelines::idle() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(places_, [](const Place& place) { return place->queries == 0; }));
}

// The first of several, so that under little load the same ones serve, whose caches are warm.
Pipelines::Place Pipelines::shortest() const {
  const std::size_t most = admission_.brisk() ? length_ : 1;
  Place best;
  for (const Place& place : places_) {
    const bool free = place->queries < (place->connection.pipeline().abandoned() > 0 ? 1 : most);
    if (free && (!best || place->queries < best->queries)) best = place;
  }
  return best;
}

}  // namespace tailor::database
