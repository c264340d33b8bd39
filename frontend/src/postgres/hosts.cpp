#include "postgres/hosts.hpp"

#include <algorithm>
#include <random>
#include <tuple>
#include <utility>

#include "postgres/error.hpp"

namespace tailor::postgres {
namespace {

constexpr Seconds kAvoid{5};  // how long a host that failed or is behind is tried last
constexpr const char* kTarget = "target_session_attrs";

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts(1);
  for (const char c : list) {
    if (c == ',') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

std::string value(const Parameters& parameters, const char* name) {
  const auto found = parameters.find(name);
  return found == parameters.end() ? std::string{} : found->second;
}

// Lists of different lengths are left to libpq to refuse. A single port applies to all hosts.
std::vector<Parameters> split_hosts(const Parameters& parameters) {
  const auto hosts = split(value(parameters, "host"));
  const auto addresses = split(value(parameters, "hostaddr"));
  const auto ports = split(value(parameters, "port"));
  const std::size_t count = std::max(hosts.size(), addresses.size());
  const auto fits = [count](const auto& list) {
    return list.size() == count || (list.size() == 1 && list[0].empty());
  };
  if (!fits(hosts) || !fits(addresses) || (!fits(ports) && ports.size() != 1)) return {parameters};
  std::vector<Parameters> each(count, parameters);
  for (std::size_t i = 0; i < count; ++i) {
    const auto set = [&](const char* name, const std::vector<std::string>& list) {
      const std::string& own = list[list.size() == 1 ? 0 : i];
      if (own.empty()) {
        each[i].erase(name);  // libpq's default
      } else {
        each[i][name] = own;
      }
    };
    set("host", hosts);
    set("hostaddr", addresses);
    set("port", ports);
  }
  return each;
}

Handle connect_with(const Parameters& parameters) {
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  for (const auto& [keyword, text] : parameters) {
    keywords.push_back(keyword.c_str());
    values.push_back(text.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  return {PQconnectdbParams(keywords.data(), values.data(), 0), &PQfinish};
}

// Adds advice for PgBouncer's default of refusing startup options, which no retry can overcome.
std::string reason_of(const PGconn* connection) {
  std::string reason = one_line(PQerrorMessage(connection));
  const bool refused = reason.find("unsupported startup parameter") != std::string::npos;
  if (refused && *PQoptions(connection) != '\0')
    reason +=
        "; the pooler takes no options: leave them out of DATABASE_URL (and PGOPTIONS), and set what they "
        "are for by ALTER ROLE … SET …; for the search_path, say schema=… in DATABASE_URL";
  return reason;
}

}  // namespace

Hosts::Hosts(const Parameters& parameters) : wanted_(value(parameters, kTarget)) {
  for (Parameters& own : split_hosts(parameters)) hosts_.push_back({std::move(own)});
}

void Hosts::set_password(const std::string& password) {
  const std::lock_guard lock(mutex_);
  for (Host& host : hosts_) {
    if (password.empty()) {
      host.parameters.erase("password");
    } else {
      host.parameters["password"] = password;
    }
  }
}

Hosts::Connected Hosts::connect() {
  Connected connected{{nullptr, &PQfinish}, nullptr};
  std::string reasons;
  std::vector<std::string> wishes{wanted_};
  if (several() && wanted_ == "prefer-standby") wishes = {"standby", "any"};
  for (const std::string& wish : wishes) {
    reasons.clear();
    for (const std::size_t host : order()) {
      const bool last = &wish == &wishes.back();
      if ((last || !is_behind(host)) && connect_to(host, wish, connected, reasons)) return connected;
    }
  }
  throw Error(Failure::unavailable, reasons);
}

// Shuffled, so that several front ends do not all begin with the same host.
std::vector<std::size_t> Hosts::order() {
  thread_local std::minstd_rand random{std::random_device{}()};
  std::vector<std::size_t> order(hosts_.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::shuffle(order, random);
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  std::ranges::stable_sort(order, {}, [&](std::size_t i) {
    return std::tuple{hosts_[i].behind_until > now, hosts_[i].avoid_until > now, hosts_[i].connections};
  });
  return order;
}

bool Hosts::is_behind(std::size_t host) {
  const std::lock_guard lock(mutex_);
  return hosts_[host].behind_until > Clock::now();
}

bool Hosts::note_behind(std::size_t host) {
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  if (hosts_[host].behind_until > now) return false;
  const auto others =
      std::ranges::count_if(hosts_, [&](const Host& each) { return each.behind_until <= now; }) - 1;
  if (others > 0) hosts_[host].behind_until = after(kAvoid);
  return others > 0;
}

Parameters Hosts::parameters_of(std::size_t host) {
  const std::lock_guard lock(mutex_);
  return hosts_[host].parameters;
}

bool Hosts::connect_to(std::size_t host, const std::string& wanted, Connected& connected,
                       std::string& reasons) {
  Parameters parameters = parameters_of(host);
  if (!wanted.empty()) parameters[kTarget] = wanted;
  connected.handle = connect_with(parameters);
  const bool succeeded = PQstatus(connected.handle.get()) == CONNECTION_OK;
  const std::lock_guard lock(mutex_);
  if (!succeeded) {
    hosts_[host].avoid_until = after(kAvoid);
    reasons += (reasons.empty() ? "" : "; ") + reason_of(connected.handle.get());
    return false;
  }
  hosts_[host].avoid_until = {};
  ++hosts_[host].connections;
  connected.host = host;
  connected.place = std::shared_ptr<void>(nullptr, [this, host](void*) {
    const std::lock_guard at_end(mutex_);
    --hosts_[host].connections;
  });
  return true;
}

}  // namespace tailor::postgres
