#include "cache/shared_cache.hpp"

#include <spdlog/fmt/fmt.h>
#include <xxhash.h>

#include <algorithm>
#include <atomic>
#include <random>

#include "base/backoff.hpp"
#include "base/failure.hpp"
#include "base/log.hpp"
#include "cache/entry_codec.hpp"

namespace tailor::cache {
namespace {

using redis::Command;
using redis::Reply;

// How long a claim keeps other instances from computing the same answer. When its owner dies, others wait
// this long.
constexpr std::chrono::milliseconds kClaim{3000};

// Pauses between polls for an answer that another instance computes, mostly within a few milliseconds.
constexpr Seconds kFirstPause{0.002};
constexpr Seconds kLongestPause{0.03};

// Compare and delete: the claim may belong to another instance by now.
constexpr const char* kRelease =
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";

// A token that is unique among all instances.
std::string next_token() {
  static const std::uint64_t instance =
      (std::uint64_t{std::random_device{}()} << 32U) | std::random_device{}();
  static std::atomic<std::uint64_t> number = 0;
  return fmt::format("{:016x}-{}", instance, ++number);
}

// Whether the remaining time is plausible for a claim of this software, or the claim has just ended. A claim
// without an end is not waited for.
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

SharedCacheLookup::SharedCacheLookup(SharedCache* shared, const std::string& key,
                                     const CacheSettings& settings)
    : shared_(shared),
      settings_(settings),
      budget_(shared != nullptr ? shared->redis_.budget() : redis::Budget({})) {
  if (shared == nullptr) return;
  origin_ = shared->origin_();
  name_ = origin_ + ' ' + key;
  redis_key_ = shared->prefix_ + ":1:" + hash_of(name_);
  token_ = next_token();
}

EntryPtr SharedCacheLookup::find(const Good& good, RequestContext& context, Seconds max_wait) {
  EntryPtr entry = await_good(good, context, max_wait);
  if (entry) release();
  return entry;
}

EntryPtr SharedCacheLookup::await_good(const Good& good, RequestContext& context, Seconds max_wait) {
  if (origin_.empty() || !look(false)) return nullptr;
  if (good(found_)) return found_;
  if (found_) shared_->metrics_.redis_outdated.Increment();
  const Deadline end = std::min(context.deadline, after(std::min(max_wait, Seconds{kClaim})));
  for (Seconds pause = kFirstPause; look(true); pause = std::min(2 * pause, kLongestPause)) {
    if (good(found_)) return found_;
    if (!taken_ || Clock::now() >= end) return nullptr;
    if (pause == kFirstPause) shared_->metrics_.redis_coalesced.Increment();
    const WaitOptions wait{std::min(end, after(jittered(pause))), &context};
    if (wait_for(-1, 0, wait) == WaitResult::cancelled ||
        context.left())  // a wait may be too short to notice
      throw Error(Failure::client_left, "the client left before another's answer came");
  }
  return nullptr;
}

// The remaining time is read before the value: a value that replaces it in between then seems older than it
// is, never younger. Claiming in the same command leaves no gap between finding nothing and computing.
bool SharedCacheLookup::look(bool claim) {
  std::vector<Command> commands;
  if (claim) {
    claimed_ = true;  // until the reply says otherwise
    commands.push_back({"SET", claim_key(), token_, "NX", "PX", std::to_string(kClaim.count())});
    commands.push_back({"PTTL", claim_key()});
  }
  commands.push_back({"PTTL", redis_key_});
  commands.push_back({"GET", redis_key_});
  const auto replies = shared_->redis_.run(commands, budget_);
  taken_ = false;
  if (!replies) return false;
  if (claim) {
    claimed_ = replies->front().kind == Reply::Kind::text;
    taken_ = replies->front().kind == Reply::Kind::nil && is_of_a_claim((*replies)[1]);
  }
  found_ = read(*(replies->end() - 2), replies->back());
  return true;
}

EntryPtr SharedCacheLookup::read(const Reply& left_ms, const Reply& value) {
  if (value.kind == Reply::Kind::nil || value.kind == Reply::Kind::error) return nullptr;
  const auto position = shared_->change_log_.now();  // read before the checks below
  auto decoded = value.kind == Reply::Kind::text ? decode_entry(value.text, name_) : std::nullopt;
  const std::chrono::milliseconds left{left_ms.integer};
  if (!decoded || left.count() < 0 || left > decoded->lifetime) {
    if (!std::exchange(invalid_, true)) shared_->metrics_.redis_invalid.Increment();
    return nullptr;
  }
  Entry& entry = *decoded->entry;
  entry.origin = origin_;
  entry.computed = Clock::now() - (decoded->lifetime - left);
  // While this instance listens, the snapshot decides whether the entry is current, otherwise its age.
  // Position 0 is older than all recorded changes, which marks it outdated.
  const bool notified = shared_->change_log_.listening();
  entry.checked = !notified || is_current(entry) ? position : 0;
  set_times(entry, settings_, notified);
  return decoded->entry;
}

bool SharedCacheLookup::is_current(const Entry& entry) const {
  const ChangeLog& log = shared_->change_log_;
  if (!entry.notified || !log.listening()) return false;
  if (const auto replayed = parse_lsn(entry.snapshot))
    return log.has_replayed(*replayed, log.now(), entry.dependencies);
  const auto snapshot = parse_snapshot(entry.snapshot);
  return snapshot && log.current(*snapshot, entry.dependencies);
}

// Only memory can run out here; then other instances compute the answer themselves.
void SharedCacheLookup::share(const Entry& entry) noexcept {
  try {
    std::vector<Command> commands;
    if (auto set = set_command(entry)) commands.push_back(*std::move(set));
    if (std::exchange(claimed_, false)) commands.push_back(release_command());
    if (!commands.empty()) shared_->redis_.run(commands, budget_);
  } catch (const std::exception& error) {
    log::error("not_shared").with("reason", error.what());
  }
}

void SharedCacheLookup::release() noexcept {
  try {
    if (std::exchange(claimed_, false)) shared_->redis_.run({release_command()}, budget_);
  } catch (const std::exception& error) {
    log::error("not_shared").with("reason", error.what());
  }
}

// May overwrite a newer entry, which is harmless: a reader checks whether an entry is current.
std::optional<Command> SharedCacheLookup::set_command(const Entry& entry) const {
  if (entry.origin.empty() || !origin_.starts_with(entry.origin) || !entry.found() ||
      !current(shared_->change_log_, entry))
    return std::nullopt;
  const auto left = until(std::max(entry.stale_until, entry.error_until));
  if (left.count() <= 0) return std::nullopt;
  const auto age = std::chrono::ceil<std::chrono::milliseconds>(Clock::now() - entry.computed);
  Command set{"SET", redis_key_};
  set.push_back(encode_entry(entry, name_, left + age));  // an initializer list would copy it
  set.insert(set.end(), {"PX", std::to_string(left.count())});
  return set;
}

Command SharedCacheLookup::release_command() const {
  return {"EVAL", kRelease, "1", claim_key(), token_};
}

}  // namespace tailor::cache
