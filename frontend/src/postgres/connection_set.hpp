#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "postgres/admission.hpp"
#include "postgres/search_connection.hpp"

namespace tailor::postgres {

/// A connection in the pool.
struct Pooled {
  Pooled(const ConnectionSettings& settings, Hosts& hosts, std::shared_ptr<Waker> canceller,
         SearchConnection::WarmUp warm_up)
      : connection(settings, hosts, std::move(canceller), warm_up) {}
  SearchConnection connection;

 private:
  friend class ConnectionSet;
  std::size_t queries = 0;  // slots in use
  bool left = false;        // removed from the pool
};

/// A slot in a connection's pipeline, for one query at a time.
using PipelineSlot = std::shared_ptr<Pooled>;

/// The store of the pool's wait queue: all connections, which hand out slots in their pipelines.
class ConnectionSet {
 public:
  /// `length` is the number of slots of a pipeline.
  ConnectionSet(std::size_t length, const Admission& admission) : length_(length), admission_(admission) {}

  /// Adds a new connection, or returns a slot.
  void put(const PipelineSlot& slot);

  /// A slot of the connection with the fewest queries. Only one slot of a connection is handed out while
  /// queries are not short, or while an abandoned query runs there, which may take long.
  std::optional<PipelineSlot> take();
  bool ready() const { return shortest() != nullptr; }

  /// The number of connections without a query.
  std::size_t idle() const;

  /// Removes connections. Slots of theirs may still be in use.
  template <typename Predicate>
  std::vector<PipelineSlot> take_if(Predicate unwanted) {
    std::vector<PipelineSlot> taken;
    std::erase_if(slots_, [&](const PipelineSlot& slot) {
      if (!unwanted(slot)) return false;
      slot->left = true;
      taken.push_back(slot);
      return true;
    });
    return taken;
  }

 private:
  PipelineSlot shortest() const;

  const std::size_t length_;
  const Admission& admission_;
  std::vector<PipelineSlot> slots_;
};

}  // namespace tailor::postgres
