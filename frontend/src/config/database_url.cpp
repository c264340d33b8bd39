#include "config/database_url.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <utility>
#include <vector>

#include "database/error.hpp"
#include "percent.hpp"

namespace tailor::config {
namespace {

constexpr double kLongest = 86400;

using Parameters = std::vector<std::pair<std::string, std::string>>;

struct SplitUrl {
  std::string before_query;
  std::vector<std::string_view> query;  // name=value, still encoded
};

// The query begins at the first '?' after user and password, in which libpq lets a '?' stand.
SplitUrl split(std::string_view url) {
  const std::size_t authority = url.find("://") + 3;
  const std::size_t at = url.find('@', authority);
  const std::size_t slash = url.find('/', authority);
  const std::size_t question = url.find('?', at < slash ? at : authority);
  SplitUrl parts{std::string{url.substr(0, question)}, {}};
  if (question == std::string_view::npos) return parts;
  std::string_view rest = url.substr(question + 1);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    if (end > 0) parts.query.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return parts;
}

bool parse_flag(std::string_view name, std::string_view text) {
  if (text == "true" || text == "false") return text == "true";
  throw Error("DATABASE_URL: " + std::string{name} + " must be true or false");
}

void require_no_certificates(std::string_view name, std::string_view equivalent) {
  throw Error("DATABASE_URL: " + std::string{name} + " is Prisma's own; with libpq say " +
              std::string{equivalent});
}

void read_sslaccept(std::string_view value) {
  if (value == "accept_invalid_certs") return;  // what libpq's sslmode=require does
  if (value == "strict") {
    require_no_certificates("sslaccept=strict", "sslmode=verify-full&sslrootcert=FILE");
  }
  throw Error("DATABASE_URL: sslaccept must be strict or accept_invalid_certs");
}

// Takes what libpq does not know. Returns false for a parameter that is libpq's to judge.
bool take_prisma_parameter(std::string_view name, const std::string& value, DatabaseUrl& url) {
  static constexpr std::array<std::string_view, 5> without_meaning_here{
      "statement_cache_size", "max_connection_lifetime", "max_idle_connection_lifetime",
      "connection_lifetime", "single_use_connections"};
  const std::string known_as = "DATABASE_URL: " + std::string{name};
  if (name == "connection_limit") {
    url.connection_limit = parse_count(known_as, value);
  } else if (name == "pool_timeout") {
    url.pool_timeout = parse_seconds(known_as, value);
  } else if (name == "socket_timeout") {
    url.socket_timeout = parse_seconds(known_as, value);
  } else if (name == "connect_timeout") {
    url.connect_timeout = parse_seconds(known_as, value);
  } else if (name == "schema") {
    if (value.empty()) throw Error(known_as + " must not be empty");
    url.schema = value;
  } else if (name == "pgbouncer") {
    url.pgbouncer = parse_flag(name, value);
  } else if (name == "sslaccept") {
    read_sslaccept(value);
  } else if (name == "sslidentity") {
    require_no_certificates(name, "sslcert=FILE&sslkey=FILE (PEM, from the PKCS #12 file)");
  } else if (name == "sslpassword") {
    require_no_certificates(name, "sslcert=FILE&sslkey=FILE, with a key that needs no password");
  } else {
    return std::ranges::find(without_meaning_here, name) != without_meaning_here.end();
  }
  return true;
}

std::string decoded(std::string_view text) {
  auto plain = percent_decode(text, false);
  if (!plain) throw Error("DATABASE_URL: a '%' in a parameter is not followed by two hexadecimal digits");
  if (plain->find('\0') != std::string::npos) throw Error("DATABASE_URL: a parameter contains %00");
  return std::move(*plain);
}

// libpq quotes what it could not read, which may be the password or all of the URL. Only the name of an
// unknown parameter is safe to show, and needed.
std::string without_secrets(const std::string& message) {
  if (message.starts_with("invalid URI query parameter:")) return message;
  return message.substr(0, message.find_first_of(":\""));
}

std::map<std::string, std::string> parse_with_libpq(const std::string& url) {
  char* raw_error = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(url.c_str(), &raw_error), &PQconninfoFree);
  const std::unique_ptr<char, decltype(&PQfreemem)> error(raw_error, &PQfreemem);
  if (!options) {
    throw Error("DATABASE_URL: " +
                without_secrets(error ? database::one_line(error.get()) : "out of memory"));
  }
  std::map<std::string, std::string> parameters;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) parameters.emplace(option->keyword, option->val);
  }
  return parameters;
}

}  // namespace

DatabaseUrl parse_database_url(std::string_view url) {
  if (!url.starts_with("postgresql://") && !url.starts_with("postgres://")) {
    throw Error("DATABASE_URL must begin with postgresql:// (or postgres://)");
  }
  DatabaseUrl result;
  SplitUrl parts = split(url);
  char separator = '?';
  for (const std::string_view part : parts.query) {
    const std::size_t equals = part.find('=');
    const std::string name = decoded(part.substr(0, equals));
    const std::string value = equals == std::string_view::npos ? "" : decoded(part.substr(equals + 1));
    if (take_prisma_parameter(name, value, result)) continue;
    parts.before_query.append(1, separator).append(part);
    separator = '&';
  }
  result.parameters = parse_with_libpq(parts.before_query);
  if (result.parameters.contains("sslcert") && !result.parameters.contains("sslkey")) {
    require_no_certificates("sslcert without sslkey", "sslrootcert=FILE");
  }
  return result;
}

int parse_count(std::string_view name, std::string_view text) {
  int count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || end != text.data() + text.size() || count < 1) {
    throw Error(std::string{name} + " must be a whole number of at least 1");
  }
  return count;
}

double parse_seconds(std::string_view name, std::string_view text) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc{} && end == text.data() + text.size() && seconds == 0) {
    throw Error(std::string{name} + " must not be 0: waiting without a limit is not supported");
  }
  if (error != std::errc{} || end != text.data() + text.size() || !(seconds > 0 && seconds <= kLongest)) {
    throw Error(std::string{name} + " must be a number of seconds above 0, at most 86400");
  }
  return seconds;
}

}  // namespace tailor::config
