#pragma once

#include <functional>
#include <optional>
#include <string>

#include "cache/entry.hpp"
#include "cache/lifetime.hpp"
#include "metrics/metrics.hpp"
#include "redis/pool.hpp"
#include "waiting/caller.hpp"

namespace tailor::cache {

/// The answers that instances share, in Redis. Nothing here fails: where Redis does not help, or not in time,
/// it is as if there were none.
class SharedLevel {
 public:
  using Origin = std::function<std::string()>;

  /// `origin` names what answers come from now (database::Connection::origin()); empty: not known. Two
  /// instances share answers if that and the prefix are the same.
  SharedLevel(redis::Pool& redis, std::string prefix, Origin origin, const Journal& journal,
              metrics::Metrics& metrics)
      : redis_(redis),
        prefix_(std::move(prefix)),
        origin_(std::move(origin)),
        journal_(journal),
        metrics_(metrics) {}

  class Turn;

 private:
  redis::Pool& redis_;
  const std::string prefix_;
  const Origin origin_;
  const Journal& journal_;
  metrics::Metrics& metrics_;
};

/// What one leader, who would compute an answer, has to do with Redis: look whether another instance has it;
/// if not, get the right to compute it, or wait for the instance that has it; and share what was computed.
/// After an exception release() must be called: a destructor must neither wait nor throw, so there is none. A
/// right that is not given back ends by itself after seconds.
class SharedLevel::Turn {
 public:
  using Good = std::function<bool(const EntryPtr& entry)>;

  /// Without a level there is nothing to do.
  Turn(SharedLevel* level, const std::string& key, const CacheSettings& settings);
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  /// An answer of another instance's that is good, for which it waits as long as one computes it, and as the
  /// caller does; nothing when it is to be computed here. Throws Error{client_left}.
  EntryPtr find(const Good& good, Caller& caller, Seconds patience);

  /// Whether another instance is computing it.
  bool taken() const { return taken_; }

  /// What was in Redis last, good or not.
  const EntryPtr& found() const { return found_; }

  /// Sends the entry to Redis where others can use it, and gives the right to compute back.
  void share(const Entry& entry) noexcept;

  /// Gives the right to compute back, if there is one.
  void release() noexcept;

 private:
  EntryPtr await_good(const Good& good, Caller& caller, Seconds patience);
  bool look(bool claim);
  EntryPtr read(const redis::Reply& left_ms, const redis::Reply& value);
  bool is_current(const Entry& entry) const;
  std::string claim_key() const { return redis_key_ + ":claim"; }
  std::optional<redis::Command> set_command(const Entry& entry) const;
  redis::Command release_command() const;

  SharedLevel* const level_;
  const CacheSettings settings_;
  redis::Budget budget_;
  std::string origin_, name_, redis_key_, token_;
  bool claimed_ = false;  // the right to compute is ours, or may be
  bool taken_ = false;
  bool invalid_ = false;
  EntryPtr found_;
};

}  // namespace tailor::cache
