#include "api/cache_status.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace tailor::api {
namespace {

// The remaining freshness lifetime in seconds: negative for an answer past its time, at most 0 for one that
// changed.
std::string past_its_time(const cache::Entry& entry, const char* why) {
  const auto left = std::chrono::floor<std::chrono::seconds>(entry.fresh_until - Clock::now()).count();
  return fmt::format("tailor-frontend; hit; ttl={}; detail={}", std::min<std::int64_t>(left, 0), why);
}

}  // namespace

std::string cache_status(const cache::Served& served) {
  using cache::Outcome;
  switch (served.outcome) {
    case Outcome::hit:
      return "tailor-frontend; hit";
    case Outcome::shared:
      return "tailor-frontend; hit; detail=redis";
    case Outcome::revalidating:
      return past_its_time(*served.entry, "stale-while-revalidate");
    case Outcome::stale_if_error:
      return past_its_time(*served.entry, "stale-if-error");
    case Outcome::miss:
      return served.stored ? "tailor-frontend; fwd=miss; stored" : "tailor-frontend; fwd=miss";
    case Outcome::replaced:
      return served.stored ? "tailor-frontend; fwd=stale; stored" : "tailor-frontend; fwd=stale";
    case Outcome::collapsed:
      return "tailor-frontend; fwd=miss; collapsed";
    case Outcome::requested:
      return served.stored ? "tailor-frontend; fwd=request; stored" : "tailor-frontend; fwd=request";
    case Outcome::bypass:
      break;
  }
  return "tailor-frontend; fwd=bypass";
}

}  // namespace tailor::api
