#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "deadline.hpp"

struct redisContext;

namespace tailor::redis {

/// Where a Redis is, and as whom to speak with it.
struct Address {
  std::string host;  // or an IP address
  int port = 6379;
  std::string socket;  // a Unix socket's path, instead of these two
  std::string user;
  std::string password;
  int database = 0;

  bool operator==(const Address&) const = default;
};

/// No answer in time, or none at all, or one that is not Redis's: the connection is of no use any more.
/// what() is for the log.
class Error : public std::runtime_error {
 public:
  Error(const std::string& message, bool timeout = false) : std::runtime_error(message), timeout_(timeout) {}

  bool timeout() const { return timeout_; }

 private:
  bool timeout_;
};

struct Reply {
  enum class Kind { nil, text, integer, error };
  Kind kind = Kind::nil;
  std::string text;
  long long integer = 0;
};

using Command = std::vector<std::string>;

/// A connection to Redis. Not for two threads at once. After an Error it must not be used again: what is
/// answered next might belong to what was asked before.
class Connection {
 public:
  /// Connects, and says who it is; blocking, and a name may take longer to be looked up. Throws Error.
  Connection(const Address& address, Seconds timeout);

  /// Sends all commands at once, and waits for all their replies.
  std::vector<Reply> run(const std::vector<Command>& commands, Deadline deadline);

  /// Looks at the socket without waiting: false when Redis has closed the connection, or says something
  /// that it was not asked for.
  bool alive() const;

 private:
  void flush(Deadline deadline);
  Reply receive(Deadline deadline);
  void await(short events, Deadline deadline) const;
  [[noreturn]] void fail() const;

  std::unique_ptr<redisContext, void (*)(redisContext*)> context_;
};

}  // namespace tailor::redis
