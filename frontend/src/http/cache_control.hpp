#pragma once

#include <string>

namespace tailor::http {

/// What browsers and CDNs may do with an answer, in seconds.
struct ClientCaching {
  int max_age = 1;                 // use it without asking
  int stale_while_revalidate = 4;  // then, use it while asking
  int stale_if_error = 60;         // use it when asking fails
};

/// The Cache-Control of answers.
struct CacheControl {
  explicit CacheControl(const ClientCaching& caching);

  std::string fresh;
  std::string stale;  // for an answer that is old already: to be asked for again
};

/// The Cache-Control of problems.
inline constexpr const char* kNoStore = "no-store";

}  // namespace tailor::http
