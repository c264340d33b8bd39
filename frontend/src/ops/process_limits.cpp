#include "ops/process_limits.hpp"

#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>

#include "base/log.hpp"

namespace tailor {

// glibc would give each thread a heap that never shrinks. Large blocks, as for compression, are returned to
// the system at once.
void bound_memory() {
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_MMAP_THRESHOLD, 128 * 1024);
}

int connections_within_limits(int wanted, std::size_t others) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  limit.rlim_cur = limit.rlim_max;  // the default is 1024
  setrlimit(RLIMIT_NOFILE, &limit);
  const rlim_t most = limit.rlim_cur > others ? limit.rlim_cur - others : 1;
  if (most >= static_cast<rlim_t>(wanted)) return wanted;
  log::warning("few_descriptors")
      .with("limit", limit.rlim_cur)
      .with("max_connections", most)
      .with("effect", "max-connections is lowered");
  return static_cast<int>(most);
}

}  // namespace tailor
