#pragma once

#include <cstddef>

namespace tailor {

/// Keeps the threads' memory small. Before there are any.
void bound_memory();

/// How many HTTP connections there can be, at most as many as are wanted, when `others` descriptors are
/// needed besides theirs. Asks the system for what it allows; tells the log when that is too little, since
/// who cannot accept would not go on.
int connections_within_limits(int wanted, std::size_t others);

}  // namespace tailor
