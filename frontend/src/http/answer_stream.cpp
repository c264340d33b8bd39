#include "http/answer_stream.hpp"

#include <algorithm>
#include <cstring>

namespace tailor::http {

// The head is parsed already, and cpp-httplib refuses a target of more than 8,192 bytes. So it reads the
// method here, and Server sets the rest of its request.
AnswerStream::AnswerStream(Connection& connection)
    : connection_(connection), request_(connection.head().method + " * HTTP/1.1\r\n\r\n") {}

ssize_t AnswerStream::read(char* to, std::size_t size) {
  const std::size_t count = std::min(size, request_.size() - read_);
  std::memcpy(to, request_.data() + read_, count);
  read_ += count;
  return static_cast<ssize_t>(count);
}

ssize_t AnswerStream::write(const char* from, std::size_t size) {
  if (!begun_) {
    begun_ = true;
    head_.assign(from, size);
    return static_cast<ssize_t>(size);
  }
  failed_ = failed_ || !connection_.send(head_, {from, size});
  head_.clear();
  return failed_ ? -1 : static_cast<ssize_t>(size);
}

bool AnswerStream::finish() {
  if (!head_.empty()) failed_ = !connection_.send(head_, {});
  return begun_ && !failed_;
}

}  // namespace tailor::http
