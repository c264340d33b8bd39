#pragma once

#include <cstddef>

namespace tailor {

/// Limits the memory of threads. Called before any thread starts.
void bound_memory();

/// The number of HTTP connections, at most `wanted`, that the descriptor limit allows beside `others`
/// descriptors. Raises the limit as far as permitted, and logs a warning when it is too low: without a
/// descriptor, accepting would fail.
int connections_within_limits(int wanted, std::size_t others);

}  // namespace tailor
