#include "http/cache_control.hpp"

#include <spdlog/fmt/fmt.h>

namespace tailor::http {

CacheControl::CacheControl(const ClientCaching& caching)
    : fresh(fmt::format("public, max-age={}, stale-while-revalidate={}, stale-if-error={}", caching.max_age,
                        caching.stale_while_revalidate, caching.stale_if_error)),
      stale(fmt::format("public, max-age=0, stale-if-error={}", caching.stale_if_error)) {}

}  // namespace tailor::http
