#include "config/database_url.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <memory>
#include <utility>
#include <vector>

#include "base/percent.hpp"
#include "config/libpq_values.hpp"
#include "config/url_text.hpp"

namespace tailor::config {
namespace {

constexpr double kLongest = 86400;

using Parameters = std::map<std::string, std::string>;

struct SplitUrl {
  std::string before_query;
  std::vector<std::string_view> query;  // name=value, percent-encoded
};

[[noreturn]] void refuse_text(std::string_view why) {
  throw Error("DATABASE_URL " + std::string{why} +
              ": percent-encode the password, and the user, where a character means something in a URL "
              "(@ as %40, : as %3A, / as %2F, ? as %3F, # as %23, [ as %5B, ] as %5D, % as %25)");
}

// The query begins at the first '?' after user and password, because libpq allows a '?' in these.
SplitUrl split(std::string_view url) {
  const std::size_t authority = url.find("://") + 3;
  const std::size_t at = url.find('@', authority);
  const std::size_t slash = url.find('/', authority);
  const std::size_t question = url.find('?', at < slash ? at : authority);
  SplitUrl parts{std::string{url.substr(0, question)}, {}};
  // libpq takes a second '@' for part of the host or database, and would print it when that is not found.
  const std::size_t first_after_user = at < slash ? at + 1 : authority;
  if (parts.before_query.find('@', first_after_user) != std::string::npos)
    refuse_text("has an '@' that is not the one before the host");
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
  if (value == "accept_invalid_certs") return;  // like libpq's sslmode=require
  if (value == "strict") {
    require_no_certificates("sslaccept=strict", "sslmode=verify-full&sslrootcert=FILE");
  }
  throw Error("DATABASE_URL: sslaccept must be strict or accept_invalid_certs");
}

// Handles a parameter that libpq does not know. False for one that is left to libpq.
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
  } else if (name == "schema" || name == "server_database" || name == "server_role") {
    if (value.empty()) throw Error(known_as + " must not be empty");
    (name == "schema" ? url.schema : name == "server_role" ? url.server_role : url.server_database) = value;
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

// libpq's message is not used: it quotes the text it could not parse, which may contain the password.
Parameters parse_with_libpq(const std::string& url) {
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(url.c_str(), nullptr), &PQconninfoFree);
  if (!options) refuse_text("cannot be read as a URL");
  Parameters parameters;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) parameters.emplace(option->keyword, option->val);
  }
  return parameters;
}

// Parameters that must not be ignored when misspelt, because the connection would be less secure.
bool is_of_security(std::string_view name) {
  constexpr std::array<std::string_view, 3> beginnings{"ssl", "gss", "require"};
  return std::ranges::any_of(beginnings, [&](std::string_view each) { return name.starts_with(each); });
}

// Whether the text looks like a parameter name and cannot be part of a password.
std::string shown(std::string_view name, std::size_t position, bool has_password) {
  const bool plain = std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) || c == '_'; });
  return plain && !has_password ? std::string{name} : "number " + std::to_string(position);
}

// Unknown parameters are ignored as Prisma does, since poolers and drivers have their own.
void ignore(std::string_view name, std::string_view part, std::size_t position, bool has_password,
            DatabaseUrl& url) {
  if (part.find('@') != std::string_view::npos) refuse_text("has an '@' in a parameter that is not known");
  const std::string known_as = shown(name, position, has_password);
  if (is_of_security(name))
    throw Error("DATABASE_URL: the parameter " + known_as +
                " is not known, and may be misspelt: this libpq has none of this name");
  url.ignored.push_back(known_as);
}

void read_query(const std::vector<std::string_view>& query, DatabaseUrl& url) {
  const bool has_password = std::ranges::any_of(
      query, [](std::string_view part) { return decoded(part.substr(0, part.find('='))) == "password"; });
  std::size_t position = 0;
  for (const std::string_view part : query) {
    ++position;
    const std::size_t equals = part.find('=');
    const std::string name = decoded(part.substr(0, equals));
    const std::string value = equals == std::string_view::npos ? "" : decoded(part.substr(equals + 1));
    if (take_prisma_parameter(name, value, url)) continue;
    if (name == "ssl" && value == "true") {
      url.parameters["sslmode"] = "require";  // as in libpq
    } else if (!is_libpq_parameter(name)) {
      ignore(name, part, position, has_password, url);
    } else if (value.empty()) {
      throw Error("DATABASE_URL: " + name + " has no value: give it one, or leave it out");
    } else {
      url.parameters[name] = value;
    }
  }
}

void require_scheme(std::string_view url) {
  if (url.starts_with("postgresql://") || url.starts_with("postgres://")) return;
  if (url.starts_with("prisma+postgres://") || url.starts_with("prisma://"))
    throw Error(
        "DATABASE_URL is for Prisma's own server (prisma://, prisma+postgres://): give the database's own "
        "URL, "
        "which begins with postgresql://");
  throw Error("DATABASE_URL must begin with postgresql:// (or postgres://)");
}

}  // namespace

DatabaseUrl parse_database_url(std::string_view given) {
  const std::string_view url = url_text("DATABASE_URL", given);
  require_scheme(url);
  const SplitUrl parts = split(url);
  DatabaseUrl result;
  result.parameters = parse_with_libpq(parts.before_query);
  read_query(parts.query, result);
  if (result.parameters.contains("sslcert") && !result.parameters.contains("sslkey")) {
    require_no_certificates("sslcert without sslkey", "sslrootcert=FILE");
  }
  check_libpq_values(result.parameters);
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
