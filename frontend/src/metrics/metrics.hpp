#pragma once

#include <string>

#include "metrics/registry.hpp"
#include "metrics/request_counters.hpp"

namespace tailor::metrics {

/// Why a request was answered 503: the problem's code.
enum class Refusal { queue_full, wait_too_long, pool_timeout, query_timeout, database_unavailable, count };
inline constexpr LabelValues<Refusal> kRefusals{"queue_full", "wait_too_long", "pool_timeout",
                                                "query_timeout", "database_unavailable"};

/// Who accepted a connection.
enum class Listener { api, admin, count };
inline constexpr LabelValues<Listener> kListeners{"api", "admin"};

/// What changed in the database, as a notification says.
enum class ChangeKind { tailor, sample_work, user, everything, count };
inline constexpr LabelValues<ChangeKind> kChangeKinds{"tailor", "sample_work", "user", "everything"};

/// Where an answer was kept.
enum class CacheLevel { memory, redis, count };
inline constexpr LabelValues<CacheLevel> kCacheLevels{"memory", "redis"};

/// What came of an exchange with Redis: it answered; it answered with an error; not in time; not at all, or
/// with nonsense; it was not asked, as the breaker is open or all connections are in use.
enum class RedisResult { ok, refused, timeout, failed, skipped, count };
inline constexpr LabelValues<RedisResult> kRedisResults{"ok", "refused", "timeout", "failed", "skipped"};

/// Why an answer was served past its time: it is being computed again, or cannot be.
enum class Stale { revalidating, error, count };
inline constexpr LabelValues<Stale> kStales{"revalidating", "error"};

/// All metrics of the program, each defined here and explained in docs/metrics.md. A new one is a line here,
/// a line there, and the line that counts.
class Metrics {
  Registry registry_;  // before what it makes

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
      "http_request_duration_seconds", "From when a request's head has come to its answer."), "route", kRoutes, kSeconds};
  Gauge& requests_in_flight = registry_.gauge("http_requests_in_flight", "Requests being answered.");
  ByLabel<Counter, Refusal> refusals{registry_.counters(
      "http_refusals_total", "Requests that were answered 503."), "reason", kRefusals};
  ByLabel<Counter, Listener> connections{registry_.counters(
      "http_connections_total", "Connections that were accepted."), "listener", kListeners};
  ByLabel<Gauge, Listener> connections_open{registry_.gauges(
      "http_connections_open", "Connections that are open."), "listener", kListeners};
  Counter& displaced = registry_.counter("http_connections_displaced_total",
      "Connections that waited for their clients, and gave way to new ones.");

  // The pool of connections to the database
  Gauge& pool_max = registry_.gauge("pool_connections_max", "Connections that the pool is meant to have.");
  Gauge& pool_open = registry_.gauge("pool_connections_open", "Connections that it has.");
  Gauge& pool_available = registry_.gauge("pool_connections_available", "Connections that nobody uses.");
  Gauge& pool_waiting = registry_.gauge("pool_waiting", "Requests that wait for a connection.");
  Histogram& pool_wait_seconds = registry_.histogram("pool_wait_seconds", "Wait for a connection, successful or not.");
  Counter& pool_timeouts = registry_.counter("pool_timeouts_total", "Waits that ended without a connection.");

  // The database
  Histogram& query_seconds = registry_.histogram("query_duration_seconds", "From sending a query to its answer or failure.");
  Counter& query_timeouts = registry_.counter("query_timeouts_total", "Queries that were given up or stopped by a timeout.");
  Counter& reconnects = registry_.counter("database_reconnects_total", "Connections to the database that replaced a lost one.");
  Counter& connect_failures = registry_.counter("database_connect_failures_total", "Attempts to connect that failed.");

  // The connection that listens for changes
  Gauge& listening = registry_.gauge("listening", "1 while changes are told of, else 0.");
  ByLabel<Counter, ChangeKind> changes{registry_.counters(
      "changes_total", "Changes that were told of."), "kind", kChangeKinds};
  Counter& notifications_refused = registry_.counter("notifications_refused_total",
      "Notifications that no trigger of the extension sends, each a reason to flush the cache.");
  Counter& flushes = registry_.counter("flushes_total", "Times that a notification dropped all that was cached.");
  Counter& deafened = registry_.counter("deafened_total", "Times that listening ended, and all that was cached was dropped.");
  Counter& listener_reconnects = registry_.counter("listener_reconnects_total", "Connections to listen on that replaced one.");
  Gauge& heartbeat_time = registry_.gauge("heartbeat_timestamp_seconds", "When a heartbeat came back last, in Unix time.");

  // The cache
  ByLabel<Counter, CacheLevel> cache_hits{registry_.counters(
      "cache_hits_total", "Answers that were kept, and good."), "level", kCacheLevels};
  Counter& cache_misses = registry_.counter("cache_misses_total", "Answers that had to be computed.");
  Counter& cache_coalesced = registry_.counter("cache_coalesced_total", "Misses that waited for another one's computation.");
  ByLabel<Counter, Stale> cache_stale{registry_.counters(
      "cache_stale_total", "Answers that were served past their time."), "reason", kStales};
  Counter& cache_refreshes = registry_.counter("cache_refreshes_total", "Computations that nobody waited for.");
  Counter& cache_evictions = registry_.counter("cache_evictions_total", "Answers that went to make room.");
  Gauge& cache_bytes = registry_.gauge("cache_bytes", "Memory that kept answers take.");
  Gauge& cache_entries = registry_.gauge("cache_entries", "Answers that are kept.");

  // The cache that instances share
  ByLabel<Counter, RedisResult> redis_requests{registry_.counters(
      "redis_requests_total", "Exchanges with Redis."), "result", kRedisResults};
  Histogram& redis_seconds = registry_.histogram("redis_duration_seconds", "An exchange with Redis, with the wait for a connection to it.");
  Gauge& redis_breaker_open = registry_.gauge("redis_breaker_open", "1 while Redis is not asked, as it failed, else 0.");
  Counter& redis_invalid = registry_.counter("redis_invalid_total", "Values from Redis that are no answers of ours.");
  Counter& redis_outdated = registry_.counter("redis_outdated_total", "Answers from Redis that were changed since, or too old.");
  Counter& redis_coalesced = registry_.counter("redis_coalesced_total", "Misses that waited for another instance's computation.");
  // clang-format on

  std::string text() const { return registry_.text(); }
};

}  // namespace tailor::metrics
