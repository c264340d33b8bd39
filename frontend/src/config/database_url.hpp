#pragma once

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tailor::config {

/// An invalid setting. The message is for the operator and contains no secret.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The parts of DATABASE_URL: libpq's parameters, and Prisma's for its pool.
struct DatabaseUrl {
  std::map<std::string, std::string> parameters;  // libpq's keywords
  std::optional<int> connection_limit;
  std::optional<double> pool_timeout;     // seconds
  std::optional<double> connect_timeout;  // seconds
  std::optional<double> socket_timeout;   // seconds; Prisma's limit of one query
  std::string schema;
  std::optional<bool> pgbouncer;             // whether a pooler in transaction mode is stated
  std::string server_database, server_role;  // if a pooler uses other names; empty: the URL's
  std::vector<std::string> ignored;          // parameters that neither libpq nor Prisma knows
};

/// Parses a postgresql:// URL as Prisma writes it. Throws Error.
DatabaseUrl parse_database_url(std::string_view given);

/// A whole number of at least 1. Throws Error naming `name`.
int parse_count(std::string_view name, std::string_view text);

/// Seconds greater than zero, at most a day. Throws Error naming `name`.
double parse_seconds(std::string_view name, std::string_view text);

}  // namespace tailor::config
