#include "notifications/subscriptions.hpp"

#include <libpq-fe.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/log.hpp"

namespace tailor::notifications {
namespace {

// A worker that failed is started again after a while, 5 seconds by default, and looks well until it fails
// again.
constexpr Seconds kUntilRetried{12};

// Whether there are any, and whether this release of PostgreSQL counts their errors.
constexpr const char* kAny = R"(
  SELECT pg_catalog.current_setting('server_version_num')::int >= 150000 FROM pg_catalog.pg_subscription AS s
  WHERE s.subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) LIMIT 1)";

// A row for each subscription of this database: name, enabled, tables still to be copied, seconds since the
// publisher sent what was applied last (NULL: no worker runs), number of errors.
std::string question(bool counts_errors) {
  return fmt::format(R"(
    SELECT s.subname, s.subenabled,
      (SELECT pg_catalog.count(*) FROM pg_catalog.pg_subscription_rel AS r
       WHERE r.srsubid = s.oid AND r.srsubstate NOT IN ('r', 's')),
      (SELECT extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.max(w.last_msg_send_time))
       FROM pg_catalog.pg_stat_subscription AS w WHERE w.subid = s.oid AND w.relid IS NULL AND w.pid IS NOT NULL),
      {}
    FROM pg_catalog.pg_subscription AS s
    WHERE s.subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))",
                     counts_errors ? "(SELECT apply_error_count + sync_error_count "
                                     "FROM pg_catalog.pg_stat_get_subscription_stats(s.oid))"
                                   : "0");
}

constexpr std::array kStates{"ok", "copying", "disabled", "failing"};

}  // namespace

void Subscriptions::check(postgres::Connection& connection, Deadline deadline) {
  auto rows = connection.execute(kAny, {}, deadline);
  if (PQntuples(rows.get()) > 0)
    rows = connection.execute(question(*PQgetvalue(rows.get(), 0, 0) == 't'), {}, deadline);
  const std::lock_guard lock(mutex_);
  All now;
  for (int row = 0; row < PQntuples(rows.get()); ++row) {
    const std::string name = PQgetvalue(rows.get(), row, 0);
    const auto known = all_.find(name);
    Subscription& subscription = now[name];
    if (known != all_.end()) subscription = known->second;
    read(*rows, row, subscription);
  }
  report(now);
  all_ = std::move(now);
}

void Subscriptions::read(const PGresult& rows, int row, Subscription& subscription) {
  const auto text = [&](int column) { return std::string{PQgetvalue(&rows, row, column)}; };
  const bool runs = PQgetisnull(&rows, row, 3) == 0;
  const std::string errors = text(4);
  const bool failed = !subscription.errors.empty() && subscription.errors != errors;
  if (failed) subscription.failed = Clock::now();
  subscription.errors = errors;
  if (text(1) != "t") {
    subscription.state = State::disabled;
  } else if (!runs || Clock::now() - subscription.failed < kUntilRetried) {
    subscription.state = State::failing;
  } else {
    subscription.state = text(2) == "0" ? State::ok : State::copying;
    subscription.current = std::max(subscription.current, after(Seconds{std::min(0.0, -std::stod(text(3)))}));
  }
}

void Subscriptions::report(const All& now) const {
  double lag = 0;
  for (const auto& [name, subscription] : now) {
    lag = std::max(lag, Seconds{Clock::now() - subscription.current}.count());
    const auto before = all_.find(name);
    if (before != all_.end() && before->second.state == subscription.state) continue;
    const bool well = subscription.state == State::ok || subscription.state == State::copying;
    (well ? log::info("subscription") : log::warning("subscription"))
        .with("name", name)
        .with("state", kStates[static_cast<std::size_t>(subscription.state)]);
  }
  metrics_.subscriptions.Set(static_cast<double>(now.size()));
  metrics_.subscriptions_applying.Set(static_cast<double>(
      std::ranges::count_if(now, [](const auto& each) { return each.second.state == State::ok; })));
  metrics_.subscription_lag.Set(lag);
}

std::string Subscriptions::text() const {
  const std::lock_guard lock(mutex_);
  std::string lines;
  for (const auto& [name, subscription] : all_) {
    const double behind = Seconds{Clock::now() - subscription.current}.count();
    switch (subscription.state) {
      case State::ok:
        lines += fmt::format("[+]subscription {} ok: {:.1f} s behind\n", name, behind);
        break;
      case State::copying:
        lines += fmt::format("[!]subscription {} copies its tables\n", name);
        break;
      case State::disabled:
        lines +=
            fmt::format("[!]subscription {0} is disabled (ALTER SUBSCRIPTION {0} ENABLE), {1:.1f} s behind\n",
                        name, behind);
        break;
      case State::failing:
        lines += fmt::format(
            "[!]subscription {} fails: the database server's log has the reason, {:.1f} s behind\n", name,
            behind);
        break;
    }
  }
  return lines;
}

}  // namespace tailor::notifications
