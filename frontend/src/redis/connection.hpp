#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/deadline.hpp"

struct redisContext;

namespace tailor::redis {

/// A Redis server's address and credentials.
struct Address {
  std::string host;  // name or IP address
  int port = 6379;
  std::string socket;  // path of a Unix socket, instead of host and port
  std::string user;
  std::string password;
  int database = 0;

  bool operator==(const Address&) const = default;
};

/// A timeout, a lost connection or an invalid reply: the connection must not be used again. what() is for the
/// log.
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

/// A connection to Redis. Not thread-safe. After an Error it must not be used again: the next reply might
/// belong to an earlier command.
class Connection {
 public:
  /// Connects and authenticates. Blocks, and a host name's look-up may exceed the timeout. Throws Error.
  Connection(const Address& address, Seconds timeout);

  /// Sends all commands at once and waits for all replies.
  std::vector<Reply> run(const std::vector<Command>& commands, Deadline deadline);

  /// Checks the socket without waiting: false when Redis has closed the connection or sent something
  /// unrequested.
  bool alive() const;

 private:
  void flush(Deadline deadline);
  Reply receive(Deadline deadline);
  void await(short events, Deadline deadline) const;
  [[noreturn]] void fail() const;

  std::unique_ptr<redisContext, void (*)(redisContext*)> context_;
};

}  // namespace tailor::redis
