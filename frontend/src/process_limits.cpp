#include "process_limits.hpp"

#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>

#include "log.hpp"

namespace tailor {
namespace {

// Its socket; the event by which the pool wakes its thread; and one more while it shares a computation.
constexpr rlim_t kDescriptorsAConnection = 3;

}  // namespace

// A thread a connection: glibc would give many of them a heap of their own, each of which keeps what it ever
// had. 95 MB with 1,000 connections became 55. What compressing takes for a moment goes back at once.
void bound_memory() {
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_MMAP_THRESHOLD, 128 * 1024);
}

int connections_within_limits(int wanted, std::size_t others) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  limit.rlim_cur = limit.rlim_max;  // the usual one is 1024
  setrlimit(RLIMIT_NOFILE, &limit);
  const rlim_t left = limit.rlim_cur > others ? limit.rlim_cur - others : 0;
  const rlim_t most = std::max<rlim_t>(1, left / kDescriptorsAConnection);
  if (most >= static_cast<rlim_t>(wanted)) return wanted;
  log::warning("few_descriptors")
      .with("limit", limit.rlim_cur)
      .with("max_connections", most)
      .with("effect", "max-connections is lowered");
  return static_cast<int>(most);
}

}  // namespace tailor
