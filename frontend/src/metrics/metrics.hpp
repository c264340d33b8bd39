#pragma once

#include <string>

#include "metrics/registry.hpp"
#include "metrics/request_counters.hpp"

namespace tailor::metrics {

/// Why a request was answered with 503: the problem's code.
enum class Refusal {
  queue_full,
  wait_too_long,
  pool_timeout,
  query_timeout,
  database_unavailable,
  standby_behind,
  count
};
inline constexpr LabelValues<Refusal> kRefusals{"queue_full",    "wait_too_long",        "pool_timeout",
                                                "query_timeout", "database_unavailable", "standby_behind"};

/// The listener that accepted a connection.
enum class Listener { api, admin, count };
inline constexpr LabelValues<Listener> kListeners{"api", "admin"};

/// What changed in the database, by its notification.
enum class ChangeKind { tailor, sample_work, user, everything, count };
inline constexpr LabelValues<ChangeKind> kChangeKinds{"tailor", "sample_work", "user", "everything"};

/// The cache that an answer came from.
enum class CacheLevel { memory, redis, count };
inline constexpr LabelValues<CacheLevel> kCacheLevels{"memory", "redis"};

/// The result of an exchange with Redis: an answer; an error reply; a timeout; a lost connection or an
/// invalid reply; not tried, because the breaker was open or all connections were in use.
enum class RedisResult { ok, refused, timeout, failed, skipped, count };
inline constexpr LabelValues<RedisResult> kRedisResults{"ok", "refused", "timeout", "failed", "skipped"};

/// Why a stale answer was served: it is being computed again, or the database is away.
enum class Stale { revalidating, error, count };
inline constexpr LabelValues<Stale> kStales{"revalidating", "error"};

/// All metrics of the program. Each is defined here, documented in docs/metrics.md, and counted where it
/// occurs.
class Metrics {
  Registry registry_;  // declared first: it owns the metrics below

 public:
  Metrics() {
    registry_.gauges("build_info", "Always 1; the version is a label.")
        .Add({{"version", FRONTEND_VERSION}})
        .Set(1);
  }

  // clang-format off
  // HTTP
  RequestCounters requests{registry_.counters("http_requests_total", "Requests answered.")};
  ByLabel<Histogram, Route> request_seconds{registry_.histograms(
      "http_request_duration_seconds", "From a complete request head to its answer."), "route", kRoutes, kSeconds};
  Gauge& requests_in_flight = registry_.gauge("http_requests_in_flight", "Requests being answered.");
  ByLabel<Counter, Refusal> refusals{registry_.counters(
      "http_refusals_total", "Requests answered with 503."), "reason", kRefusals};
  ByLabel<Counter, Listener> connections{registry_.counters(
      "http_connections_total", "Accepted connections."), "listener", kListeners};
  ByLabel<Gauge, Listener> connections_open{registry_.gauges(
      "http_connections_open", "Open connections."), "listener", kListeners};
  Counter& evicted = registry_.counter("http_connections_evicted_total",
      "Connections that waited for their clients and were closed for new ones.");

  // The pool of connections to the database
  Gauge& pool_max = registry_.gauge("pool_connections_max", "Configured size of the pool.");
  Gauge& pool_open = registry_.gauge("pool_connections_open", "Open connections of the pool.");
  Gauge& pool_available = registry_.gauge("pool_connections_available", "Open connections without a query.");
  Gauge& pool_waiting = registry_.gauge("pool_waiting", "Requests waiting for a connection.");
  Histogram& pool_wait_seconds = registry_.histogram("pool_wait_seconds", "Wait for a connection, successful or not.");
  Counter& pool_timeouts = registry_.counter("pool_timeouts_total", "Waits that ended without a connection.");

  // The database
  Histogram& query_seconds = registry_.histogram("query_duration_seconds", "From sending a query to its answer or failure.");
  Counter& query_timeouts = registry_.counter("query_timeouts_total", "Queries abandoned or stopped by a timeout.");
  Counter& not_replayed = registry_.counter("standby_retries_total",
      "Searches repeated because a standby had not replayed a notified change.");
  Gauge& standby_lag = registry_.gauge("standby_lag_bytes",
      "Bytes of the write-ahead log that the standby which answered last had not replayed.");
  Counter& reconnects = registry_.counter("database_reconnects_total", "Connections to the database that replaced a lost one.");
  Counter& connect_failures = registry_.counter("database_connect_failures_total", "Attempts to connect that failed.");

  // The connection that listens for changes
  Gauge& listening = registry_.gauge("listening", "1 while changes are notified, else 0.");
  ByLabel<Counter, ChangeKind> changes{registry_.counters(
      "changes_total", "Notified changes."), "kind", kChangeKinds};
  Counter& notifications_refused = registry_.counter("notifications_refused_total",
      "Invalid or forged notifications; each flushes the cache.");
  Counter& flushes = registry_.counter("flushes_total", "Flushes of the cache by notifications or changed tables.");
  Counter& notifications_lost = registry_.counter("notifications_lost_total", "Times that notifications stopped and the cache was invalidated.");
  Counter& listener_reconnects = registry_.counter("listener_reconnects_total", "Reconnects of the listener.");
  Gauge& heartbeat_time = registry_.gauge("heartbeat_timestamp_seconds", "Unix time of the last returned heartbeat.");

  // Subscriptions to another server's publications
  Gauge& subscriptions = registry_.gauge("subscriptions", "The database's subscriptions (logical replication).");
  Gauge& subscriptions_applying = registry_.gauge("subscriptions_applying", "Subscriptions that apply changes.");
  Gauge& subscription_lag = registry_.gauge("subscription_lag_seconds",
      "How far the subscription that is furthest behind is behind its publisher.");

  // The cache
  ByLabel<Counter, CacheLevel> cache_hits{registry_.counters(
      "cache_hits_total", "Answers served from a cache."), "level", kCacheLevels};
  Counter& cache_misses = registry_.counter("cache_misses_total", "Answers that had to be computed.");
  Counter& cache_coalesced = registry_.counter("cache_coalesced_total", "Misses that waited for the same computation of another request.");
  ByLabel<Counter, Stale> cache_stale{registry_.counters(
      "cache_stale_total", "Stale answers served."), "reason", kStales};
  Counter& cache_refreshes = registry_.counter("cache_refreshes_total", "Refreshes in the background.");
  Counter& cache_evictions = registry_.counter("cache_evictions_total", "Answers evicted to make room.");
  Gauge& cache_bytes = registry_.gauge("cache_bytes", "Memory used by cached answers.");
  Gauge& cache_entries = registry_.gauge("cache_entries", "Cached answers.");

  // The shared cache in Redis
  ByLabel<Counter, RedisResult> redis_requests{registry_.counters(
      "redis_requests_total", "Exchanges with Redis."), "result", kRedisResults};
  Histogram& redis_seconds = registry_.histogram("redis_duration_seconds", "Duration of an exchange with Redis, including the wait for a connection.");
  Gauge& redis_breaker_open = registry_.gauge("redis_breaker_open", "1 while Redis is not used because it failed, else 0.");
  Counter& redis_invalid = registry_.counter("redis_invalid_total", "Values from Redis that are not valid entries.");
  Counter& redis_outdated = registry_.counter("redis_outdated_total", "Answers from Redis that were outdated or too old.");
  Counter& redis_coalesced = registry_.counter("redis_coalesced_total", "Misses that waited for another instance's computation.");
  // clang-format on

  std::string text() const { return registry_.text(); }
};

}  // namespace tailor::metrics
