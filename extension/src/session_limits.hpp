// How much a session remembers.
#pragma once

#include <cstddef>

namespace tailor {

/// The sanitizers' build makes all memories so small that they overflow at once: what is dropped while it is
/// still in use shows there.
#ifdef TAILOR_TINY_MEMORIES
inline constexpr bool kTinyMemories = true;
#else
inline constexpr bool kTinyMemories = false;
#endif

inline constexpr std::size_t kMaxBindings = kTinyMemories ? 2 : 256;
inline constexpr std::size_t kRememberedPlaces = kTinyMemories ? 8 : std::size_t{1} << 18;
inline constexpr std::size_t kRememberedBuffers = kTinyMemories ? 8 : std::size_t{1} << 17;

}  // namespace tailor
