#include "cache/shared_level.hpp"

#include <spdlog/fmt/fmt.h>
#include <xxhash.h>

#include <algorithm>
#include <atomic>
#include <random>

#include "cache/wire.hpp"
#include "database/backoff.hpp"
#include "database/error.hpp"
#include "log.hpp"

namespace tailor::cache {
namespace {

using redis::Command;
using redis::Reply;

// For so long nobody else computes what one instance does. When that ends without releasing it, others lose
// this much.
constexpr std::chrono::milliseconds kClaim{3000};

// Between looks at what another instance computes: mostly that is a matter of a few milliseconds.
constexpr Seconds kFirstPause{0.002};
constexpr Seconds kLongestPause{0.03};

// Compare and delete: by now the claim may be another one's.
constexpr const char* kRelease =
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";

// No two of these are alike, whatever instance makes them.
std::string next_token() {
  static const std::uint64_t instance =
      (std::uint64_t{std::random_device{}()} << 32U) | std::random_device{}();
  static std::atomic<std::uint64_t> number = 0;
  return fmt::format("{:016x}-{}", instance, ++number);
}

// Whether this is the remaining time of a claim of ours, or of one that has just ended: nobody waits for what
// may never end.
bool is_of_a_claim(const Reply& left_ms) {
  return left_ms.kind == Reply::Kind::integer && left_ms.integer != -1 && left_ms.integer <= kClaim.count();
}

std::string hash_of(std::string_view name) {
  const XXH128_hash_t hash = XXH3_128bits(name.data(), name.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

std::chrono::milliseconds until(Clock::time_point end) {
  return std::chrono::floor<std::chrono::milliseconds>(end - Clock::now());
}

}  // namespace

SharedLevel::Turn::Turn(SharedLevel* level, const std::string& key, const CacheSettings& settings)
    : level_(level),
      settings_(settings),
      budget_(level != nullptr ? level->redis_.budget() : redis::Budget({})) {
  if (level == nullptr) return;
  origin_ = level->origin_();
  name_ = origin_ + ' ' + key;
  redis_key_ = level->prefix_ + ":1:" + hash_of(name_);
  token_ = next_token();
}

EntryPtr SharedLevel::Turn::find(const Good& good, Caller& caller, Seconds patience) {
  EntryPtr entry = await_good(good, caller, patience);
  if (entry) release();
  return entry;
}

EntryPtr SharedLevel::Turn::await_good(const Good& good, Caller& caller, Seconds patience) {
  if (origin_.empty() || !look(false)) return nullptr;
  if (good(found_)) return found_;
  if (found_) level_->metrics_.redis_outdated.Increment();
  const Deadline end = std::min(caller.deadline, after(std::min(patience, Seconds{kClaim})));
  for (Seconds pause = kFirstPause; look(true); pause = std::min(2 * pause, kLongestPause)) {
    if (good(found_)) return found_;
    if (!taken_ || Clock::now() >= end) return nullptr;
    if (pause == kFirstPause) level_->metrics_.redis_coalesced.Increment();
    const Patience wait{std::min(end, after(database::jittered(pause))), &caller};
    if (wait_for(-1, 0, wait) == Woken::left || caller.left())  // waits may be too short to see it
      throw database::Error(database::Failure::client_left, "the client left before another's answer came");
  }
  return nullptr;
}

// The value's remaining time is asked for before the value: if another one comes in between, its age is
// taken for too high. With a claim there is no gap between finding nothing and having the right to compute.
bool SharedLevel::Turn::look(bool claim) {
  std::vector<Command> commands;
  if (claim) {
    claimed_ = true;  // until we know better
    commands.push_back({"SET", claim_key(), token_, "NX", "PX", std::to_string(kClaim.count())});
    commands.push_back({"PTTL", claim_key()});
  }
  commands.push_back({"PTTL", redis_key_});
  commands.push_back({"GET", redis_key_});
  const auto replies = level_->redis_.run(commands, budget_);
  taken_ = false;
  if (!replies) return false;
  if (claim) {
    claimed_ = replies->front().kind == Reply::Kind::text;
    taken_ = replies->front().kind == Reply::Kind::nil && is_of_a_claim((*replies)[1]);
  }
  found_ = read(*(replies->end() - 2), replies->back());
  return true;
}

EntryPtr SharedLevel::Turn::read(const Reply& left_ms, const Reply& value) {
  if (value.kind == Reply::Kind::nil || value.kind == Reply::Kind::error) return nullptr;
  const auto position = level_->journal_.now();  // before it is asked what is current
  auto wire = value.kind == Reply::Kind::text ? from_wire(value.text, name_) : std::nullopt;
  const std::chrono::milliseconds left{left_ms.integer};
  if (!wire || left.count() < 0 || left > wire->lifetime) {
    if (!std::exchange(invalid_, true)) level_->metrics_.redis_invalid.Increment();
    return nullptr;
  }
  Entry& entry = *wire->entry;
  entry.origin = origin_;
  entry.computed = Clock::now() - (wire->lifetime - left);
  // Of changes after it this instance was told, if it listens; else its age decides. Position 0 is before all
  // that is remembered, so it is changed.
  const bool told = level_->journal_.listening();
  entry.checked = !told || is_current(entry) ? position : 0;
  set_times(entry, settings_, told);
  return wire->entry;
}

bool SharedLevel::Turn::is_current(const Entry& entry) const {
  const auto snapshot = parse_snapshot(entry.snapshot);
  return entry.told && snapshot && level_->journal_.current(*snapshot, entry.scope);
}

// What fails here, memory alone, leaves the others to compute for themselves.
void SharedLevel::Turn::share(const Entry& entry) noexcept {
  try {
    std::vector<Command> commands;
    if (auto set = set_command(entry)) commands.push_back(*std::move(set));
    if (std::exchange(claimed_, false)) commands.push_back(release_command());
    if (!commands.empty()) level_->redis_.run(commands, budget_);
  } catch (const std::exception& error) {
    log::error("not_shared").with("reason", error.what());
  }
}

void SharedLevel::Turn::release() noexcept {
  try {
    if (std::exchange(claimed_, false)) level_->redis_.run({release_command()}, budget_);
  } catch (const std::exception& error) {
    log::error("not_shared").with("reason", error.what());
  }
}

// Also over a newer one, which is harmless: who reads it finds out that it was changed, and computes.
std::optional<Command> SharedLevel::Turn::set_command(const Entry& entry) const {
  if (origin_.empty() || !entry.found() || entry.origin != origin_ || !current(level_->journal_, entry))
    return std::nullopt;
  const auto left = until(std::max(entry.stale_until, entry.error_until));
  if (left.count() <= 0) return std::nullopt;
  const auto age = std::chrono::ceil<std::chrono::milliseconds>(Clock::now() - entry.computed);
  Command set{"SET", redis_key_};
  set.push_back(to_wire(entry, name_, left + age));  // an initializer list would copy it
  set.insert(set.end(), {"PX", std::to_string(left.count())});
  return set;
}

Command SharedLevel::Turn::release_command() const {
  return {"EVAL", kRelease, "1", claim_key(), token_};
}

}  // namespace tailor::cache
