#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "database/admission.hpp"
#include "database/connection.hpp"

namespace tailor::database {

/// A connection of the pool.
struct Pooled {
  Pooled(const ConnectionSettings& settings, Hosts& hosts, std::shared_ptr<Waker> stopper,
         Connection::WarmUp warm_up)
      : connection(settings, hosts, std::move(stopper), warm_up) {}
  Connection connection;

 private:
  friend class Pipelines;
  std::size_t queries = 0;  // places in its pipeline that are taken
  bool left = false;        // the pool
};

/// The store of a pool's wait queue: all its connections, in whose pipelines those who come get places.
class Pipelines {
 public:
  using Place = std::shared_ptr<Pooled>;

  /// `length` is how many queries a pipeline takes.
  Pipelines(std::size_t length, const Admission& admission) : length_(length), admission_(admission) {}

  /// A new connection, or a place that was taken.
  void put(const Place& place);

  /// A place where fewest are. Nobody is put behind another's query where those are not short, or where one
  /// has been given up: that one may last.
  std::optional<Place> take();
  bool ready() const { return shortest() != nullptr; }

  /// Connections that nobody uses.
  std::size_t idle() const;

  /// Takes connections out, of which places may be taken still.
  template <typename Predicate>
  std::vector<Place> take_if(Predicate unwanted) {
    std::vector<Place> taken;
    std::erase_if(places_, [&](const Place& place) {
      if (!unwanted(place)) return false;
      place->left = true;
      taken.push_back(place);
      return true;
    });
    return taken;
  }

 private:
  Place shortest() const;

  const std::size_t length_;
  const Admission& admission_;
  std::vector<Place> places_;
};

}  // namespace tailor::database
