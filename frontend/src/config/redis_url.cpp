#include "config/redis_url.hpp"

#include <charconv>
#include <optional>

#include "base/percent.hpp"
#include "config/database_url.hpp"
#include "config/url_text.hpp"

namespace tailor::config {
namespace {

[[noreturn]] void refuse(std::string_view why) {
  throw Error("REDIS_URL " + std::string{why});
}

std::string decoded(std::string_view text) {
  auto plain = percent_decode(text, false);
  if (!plain || plain->find('\0') != std::string::npos)
    refuse("has a '%' that is not followed by two hexadecimal digits of a character");
  return std::move(*plain);
}

int number(std::string_view text, int least, int most, std::string_view what) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most)
    refuse("has a " + std::string{what} + " that is not a number from " + std::to_string(least) + " to " +
           std::to_string(most));
  return value;
}

int database_number(std::string_view text) {
  return number(text, 0, 1 << 20, "database");
}

// Removes and returns the part before (or, with `after`, behind) the last separator.
std::optional<std::string_view> cut(std::string_view& text, char separator, bool after) {
  const std::size_t at = text.rfind(separator);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view before = text.substr(0, at);
  const std::string_view behind = text.substr(at + 1);
  text = after ? before : behind;
  return after ? behind : before;
}

void read_user(std::string_view text, redis::Address& address) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos)
    refuse("has a user without a password: say user:password@, or :password@");
  address.user = decoded(text.substr(0, colon));
  address.password = decoded(text.substr(colon + 1));
}

void read_query(std::string_view query, redis::Address& address) {
  if (!query.starts_with("db=")) refuse("has a parameter that is not known here: only db is");
  address.database = database_number(query.substr(3));
}

void read_host(std::string_view text, redis::Address& address) {
  if (text.starts_with('[')) {  // IPv6
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) refuse("has a '[' without a ']'");
    address.host = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    if (!text.empty() && text.front() != ':') refuse("has something other than a port behind the host");
    if (!text.empty()) address.port = number(text.substr(1), 1, 65535, "port");
  } else {
    const auto port = cut(text, ':', true);
    if (port) address.port = number(*port, 1, 65535, "port");
    address.host = decoded(text);
  }
  if (address.host.empty()) address.host = "localhost";
}

}  // namespace

redis::Address parse_redis_url(std::string_view given) {
  std::string_view url = url_text("REDIS_URL", given);
  constexpr std::string_view tcp = "redis://";
  constexpr std::string_view socket = "unix://";
  if (url.starts_with("rediss://"))
    refuse(
        "asks for TLS (rediss://), which is not supported: put a TLS tunnel before Redis, and name its end "
        "here");
  if (!url.starts_with(tcp) && !url.starts_with(socket)) refuse("must begin with redis:// or unix://");
  const bool is_socket = url.starts_with(socket);
  redis::Address address;
  url.remove_prefix(is_socket ? socket.size() : tcp.size());
  // The last '@' precedes the host; a password may contain unencoded ones.
  if (const auto user = cut(url, '@', false)) read_user(*user, address);
  if (const auto query = cut(url, '?', true)) read_query(*query, address);
  if (is_socket) {
    address.socket = decoded(url);
    if (!address.socket.starts_with('/')) refuse("must have a path: unix:///run/redis/redis.sock");
    return address;
  }
  if (const auto database = cut(url, '/', true); database && !database->empty())
    address.database = database_number(*database);
  read_host(url, address);
  return address;
}

}  // namespace tailor::config
