// Sizes of the session's caches.
#pragma once

#include <cstddef>

namespace tailor {

/// The sanitizer build makes all caches so small that they overflow at once, which reveals entries freed
/// while in use.
#ifdef TAILOR_TINY_MEMORIES
inline constexpr bool kTinyMemories = true;
#else
inline constexpr bool kTinyMemories = false;
#endif

inline constexpr std::size_t kMaxBindings = kTinyMemories ? 2 : 256;
inline constexpr std::size_t kRememberedPlaces = kTinyMemories ? 8 : std::size_t{1} << 18;
inline constexpr std::size_t kRememberedBuffers = kTinyMemories ? 8 : std::size_t{1} << 17;

}  // namespace tailor
