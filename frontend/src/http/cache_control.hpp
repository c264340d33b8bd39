#pragma once

#include <string>

namespace tailor::http {

/// How long browsers and CDNs may use an answer, in seconds.
struct ClientCaching {
  int max_age = 1;                 // without revalidation
  int stale_while_revalidate = 4;  // after that, while revalidating
  int stale_if_error = 60;         // when revalidation fails
};

/// The Cache-Control of answers.
struct CacheControl {
  explicit CacheControl(const ClientCaching& caching);

  std::string fresh;
  std::string stale;  // for an answer past its time: revalidate at once
};

/// The Cache-Control of problems.
inline constexpr const char* kNoStore = "no-store";

}  // namespace tailor::http
