#include "redis/connection.hpp"

#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <poll.h>

#include <cerrno>
#include <system_error>

#include "runtime/request_context.hpp"

namespace tailor::redis {
namespace {

constexpr std::size_t kLongestReply = std::size_t{16} << 20U;  // a broken peer may send more

// No command here returns an array, and hiredis would allocate as many elements as a reply announces.
redisReplyObjectFunctions without_arrays(const redisReplyObjectFunctions& usual) {
  redisReplyObjectFunctions functions = usual;
  functions.createArray = [](const redisReadTask*, auto) -> void* { return nullptr; };
  return functions;
}

timeval to_timeval(Seconds seconds) {
  const auto all = std::chrono::ceil<std::chrono::microseconds>(seconds);
  const auto whole = std::chrono::floor<std::chrono::seconds>(all);
  return {whole.count(), (all - whole).count()};
}

redisContext* connect(const Address& address, Seconds timeout) {
  return address.socket.empty()
             ? redisConnectWithTimeout(address.host.c_str(), address.port, to_timeval(timeout))
             : redisConnectUnixWithTimeout(address.socket.c_str(), to_timeval(timeout));
}

Reply to_reply(const redisReply& raw) {
  switch (raw.type) {
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
      return {Reply::Kind::text, {raw.str, raw.len}, 0};
    case REDIS_REPLY_INTEGER:
      return {Reply::Kind::integer, {}, raw.integer};
    case REDIS_REPLY_ERROR:
      return {Reply::Kind::error, {raw.str, raw.len}, 0};
    default:
      return {};
  }
}

// The commands that begin a session.
std::vector<Command> greeting(const Address& address) {
  std::vector<Command> commands;
  if (!address.user.empty()) {
    commands.push_back({"AUTH", address.user, address.password});
  } else if (!address.password.empty()) {
    commands.push_back({"AUTH", address.password});
  }
  if (address.database != 0) commands.push_back({"SELECT", std::to_string(address.database)});
  return commands;
}

}  // namespace

Connection::Connection(const Address& address, Seconds timeout)
    : context_(connect(address, timeout), &redisFree) {
  if (!context_) throw Error("out of memory");
  if (context_->err != 0) fail();
  static redisReplyObjectFunctions functions = without_arrays(*context_->reader->fn);
  context_->reader->fn = &functions;
  // From here on this class waits itself: hiredis restarts its timeout with each byte.
  context_->flags &= ~REDIS_BLOCK;
  if (fcntl(context_->fd, F_SETFL, fcntl(context_->fd, F_GETFL) | O_NONBLOCK) != 0)
    throw Error(std::generic_category().message(errno));
  if (address.socket.empty()) redisEnableKeepAlive(context_.get());
  for (const Reply& reply : run(greeting(address), after(timeout))) {
    if (reply.kind == Reply::Kind::error) throw Error(reply.text);
  }
}

std::vector<Reply> Connection::run(const std::vector<Command>& commands, Deadline deadline) {
  for (const Command& command : commands) {
    std::vector<const char*> texts;
    std::vector<std::size_t> lengths;
    for (const std::string& text : command) {
      texts.push_back(text.data());
      lengths.push_back(text.size());
    }
    const auto count = static_cast<int>(command.size());
    if (redisAppendCommandArgv(context_.get(), count, texts.data(), lengths.data()) != REDIS_OK) fail();
  }
  flush(deadline);
  std::vector<Reply> replies;
  while (replies.size() < commands.size()) replies.push_back(receive(deadline));
  return replies;
}

bool Connection::alive() const {
  pollfd socket{context_->fd, POLLIN, 0};
  return poll(&socket, 1, 0) == 0;
}

void Connection::flush(Deadline deadline) {
  for (int done = 0; done == 0;) {
    if (redisBufferWrite(context_.get(), &done) != REDIS_OK) fail();
    if (done == 0) await(POLLOUT, deadline);
  }
}

Reply Connection::receive(Deadline deadline) {
  for (;;) {
    void* raw = nullptr;
    if (redisGetReplyFromReader(context_.get(), &raw) != REDIS_OK) fail();
    if (raw != nullptr) {
      const std::unique_ptr<void, void (*)(void*)> owner(raw, &freeReplyObject);
      return to_reply(*static_cast<redisReply*>(raw));
    }
    if (context_->reader->len > kLongestReply) throw Error("the reply is too long");
    await(POLLIN, deadline);
    if (redisBufferRead(context_.get()) != REDIS_OK) fail();
  }
}

void Connection::await(short events, Deadline deadline) const {
  if (wait_for(context_->fd, events, deadline) != WaitResult::ready) throw Error("no answer in time", true);
}

void Connection::fail() const {
  throw Error(context_->errstr);
}

}  // namespace tailor::redis
