#pragma once

#include <functional>
#include <optional>
#include <string>

#include "cache/entry.hpp"
#include "cache/expiry.hpp"
#include "metrics/metrics.hpp"
#include "redis/pool.hpp"
#include "runtime/request_context.hpp"

namespace tailor::cache {

/// The cache that instances share, in Redis. A failing or slow Redis is never an error: it counts as a miss.
class SharedCache {
 public:
  using Origin = std::function<std::string()>;

  /// `origin` returns postgres::SearchConnection::origin(), for a standby with the server that it follows;
  /// empty: unknown. Instances with the same origin and prefix share answers.
  SharedCache(redis::Pool& redis, std::string prefix, Origin origin, const ChangeLog& change_log,
              metrics::Metrics& metrics)
      : redis_(redis),
        prefix_(std::move(prefix)),
        origin_(std::move(origin)),
        change_log_(change_log),
        metrics_(metrics) {}

 private:
  friend class SharedCacheLookup;

  redis::Pool& redis_;
  const std::string prefix_;
  const Origin origin_;
  const ChangeLog& change_log_;
  metrics::Metrics& metrics_;
};

/// One look-up in Redis by the request that would compute an answer: find another instance's answer; else
/// claim the computation, or wait for the instance that claimed it; then share the result. After an exception
/// release() must be called, because a destructor must neither wait nor throw. A claim expires by itself
/// after seconds.
class SharedCacheLookup {
 public:
  using Good = std::function<bool(const EntryPtr& entry)>;

  /// `shared` may be null: then every call does nothing.
  SharedCacheLookup(SharedCache* shared, const std::string& key, const CacheSettings& settings);
  SharedCacheLookup(const SharedCacheLookup&) = delete;
  SharedCacheLookup& operator=(const SharedCacheLookup&) = delete;

  /// Another instance's answer for which `good` holds, waiting while one computes it, at most until the
  /// deadline; null when it must be computed here. Throws Error{client_left}.
  EntryPtr find(const Good& good, RequestContext& context, Seconds max_wait);

  /// Whether another instance is computing it.
  bool taken() const { return taken_; }

  /// The last entry read from Redis, good or not.
  const EntryPtr& found() const { return found_; }

  /// Stores the entry in Redis if other instances can use it, and releases the claim.
  void share(const Entry& entry) noexcept;

  /// Releases the claim, if there is one.
  void release() noexcept;

 private:
  EntryPtr await_good(const Good& good, RequestContext& context, Seconds max_wait);
  bool look(bool claim);
  EntryPtr read(const redis::Reply& left_ms, const redis::Reply& value);
  bool is_current(const Entry& entry) const;
  std::string claim_key() const { return redis_key_ + ":claim"; }
  std::optional<redis::Command> set_command(const Entry& entry) const;
  redis::Command release_command() const;

  SharedCache* const shared_;
  const CacheSettings settings_;
  redis::Budget budget_;
  std::string origin_, name_, redis_key_, token_;
  bool claimed_ = false;  // the claim is or may be held
  bool taken_ = false;
  bool invalid_ = false;
  EntryPtr found_;
};

}  // namespace tailor::cache
