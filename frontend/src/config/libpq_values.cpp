#include "config/libpq_values.hpp"

#include <libpq-fe.h>
#include <netdb.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <vector>

#include "config/database_url.hpp"

namespace tailor::config {
namespace {

using Parameters = std::map<std::string, std::string>;

// An address without a server: connecting fails at once and without the network.
constexpr const char* kNowhere = "/dev/null";

[[noreturn]] void refuse(std::string_view name, std::string_view why) {
  throw Error("DATABASE_URL: " + std::string{name} + " " + std::string{why});
}

struct Choice {
  std::string_view name;
  std::string_view allowed;  // separated by blanks
};

// libpq's documentation, "Parameter Key Words".
constexpr std::array<Choice, 10> kChoices{{
    {"sslmode", "disable allow prefer require verify-ca verify-full"},
    {"target_session_attrs", "any read-write read-only primary standby prefer-standby"},
    {"gssencmode", "disable prefer require"},
    {"channel_binding", "disable prefer require"},
    {"load_balance_hosts", "disable random"},
    {"sslnegotiation", "postgres direct"},
    {"sslcertmode", "disable allow require"},
    {"keepalives", "0 1"},
    {"sslcompression", "0 1"},
    {"sslsni", "0 1"},
}};

std::vector<std::string_view> split(std::string_view list, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = list.find(separator);
    parts.push_back(list.substr(0, end));
    if (end == std::string_view::npos) return parts;
    list.remove_prefix(end + 1);
  }
}

void check_choice(const Choice& choice, std::string_view value) {
  const auto allowed = split(choice.allowed, ' ');
  if (value.empty() || std::ranges::find(allowed, value) != allowed.end()) return;
  if (choice.name == "sslmode" && value == "no-verify")
    refuse("sslmode=no-verify",
           "is node-postgres's: say sslmode=require, which encrypts and verifies nothing");
  std::string list;
  for (const std::string_view each : allowed)
    list.append(list.empty() ? "" : each == allowed.back() ? " or " : ", ").append(each);
  refuse(choice.name, "must be " + list);
}

void check_port(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error == std::errc{} && end == text.data() + text.size() && port >= 1 && port <= 65535) return;
  refuse("port",
         "must be a number from 1 to 65535. Where no port is meant, this is a part of the password: "
         "percent-encode what means something in a URL (: as %3A, / as %2F, @ as %40)");
}

void check_address(const std::string& text) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  addrinfo* found = nullptr;
  if (getaddrinfo(text.c_str(), nullptr, &hints, &found) != 0)
    refuse("hostaddr", "must be an IP address; a name goes into the host's place");
  freeaddrinfo(found);
}

// There must be as many ports as hosts, or a single port.
void check_hosts(const Parameters& parameters) {
  const auto list = [&](const char* name) {
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::vector<std::string_view>{} : split(found->second, ',');
  };
  const auto hosts = list("host");
  const auto addresses = list("hostaddr");
  const auto ports = list("port");
  for (const std::string_view port : ports) {
    if (!port.empty()) check_port(port);
  }
  for (const std::string_view address : addresses) {
    if (!address.empty()) check_address(std::string{address});
  }
  if (!hosts.empty() && !addresses.empty() && hosts.size() != addresses.size())
    refuse("host and hostaddr", "must list as many as each other");
  const std::size_t count = std::max({hosts.size(), addresses.size(), std::size_t{1}});
  if (ports.size() > 1 && ports.size() != count) refuse("port", "must be one, or one for each host");
}

// Whether libpq accepts the parameters and tries to connect.
bool accepted(const Parameters& parameters) {
  // Lists of hosts and ports in the environment might have another length, and this process's user might have
  // no name.
  std::vector<const char*> names{"host", "port", "user"};
  std::vector<const char*> values{kNowhere, "5432", "nobody"};
  for (const auto& [name, value] : parameters) {
    if (name == "host" || name == "hostaddr" || name == "port") continue;
    names.push_back(name.c_str());
    values.push_back(value.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(
      PQconnectStartParams(names.data(), values.data(), 0), &PQfinish);
  return PQstatus(connection.get()) != CONNECTION_BAD ||
         std::string_view{PQerrorMessage(connection.get())}.find(kNowhere) != std::string_view::npos;
}

// Values unknown here are checked by libpq, whose message quotes the value. So the parameter is found by
// trying each alone.
void check_others(const Parameters& parameters) {
  if (!accepted({})) throw Error("libpq refuses the value of an environment variable of its own (PG…)");
  for (const auto& [name, value] : parameters) {
    if (!accepted({{name, value}})) refuse(name, "has a value that libpq does not take");
  }
  if (accepted(parameters)) return;
  std::string names;
  for (const auto& [name, value] : parameters) {
    Parameters others = parameters;
    others.erase(name);
    if (accepted(others)) names.append(names.empty() ? "" : " and ").append(name);
  }
  refuse(names.empty() ? "the parameters" : names, "cannot be given with the others' values");
}

}  // namespace

bool is_libpq_parameter(std::string_view name) {
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(PQconninfoParse("", nullptr),
                                                                             &PQconninfoFree);
  if (!options) throw std::bad_alloc();
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->keyword == name) return true;
  }
  return false;
}

void check_libpq_values(const Parameters& parameters) {
  for (const Choice& choice : kChoices) {
    const auto given = parameters.find(std::string{choice.name});
    if (given != parameters.end()) check_choice(choice, given->second);
  }
  check_hosts(parameters);
  check_others(parameters);
}

}  // namespace tailor::config
