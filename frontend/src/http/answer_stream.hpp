#pragma once

#include <httplib.h>

#include <string>

#include "http/connection.hpp"

namespace tailor::http {

/// What cpp-httplib reads a request from, and writes its answer to. The answer's head waits for the body's
/// first bytes, so that both are sent together.
class AnswerStream final : public httplib::Stream {
 public:
  explicit AnswerStream(Connection& connection);

  ssize_t read(char* to, std::size_t size) override;
  ssize_t write(const char* from, std::size_t size) override;

  /// Sends a head that has no body. True when the whole answer was sent.
  bool finish();

  // Which of these exist depends on cpp-httplib's release. write() waits itself.
  // NOLINTBEGIN(modernize-use-override, clang-diagnostic-inconsistent-missing-override)
  virtual bool is_readable() const { return true; }
  virtual bool is_writable() const { return true; }
  virtual bool wait_readable() const { return true; }
  virtual bool wait_writable() const { return true; }
  virtual time_t duration() const { return 0; }
  // NOLINTEND(modernize-use-override, clang-diagnostic-inconsistent-missing-override)
  void get_remote_ip_and_port(std::string& /*ip*/, int& /*port*/) const override {}
  void get_local_ip_and_port(std::string& /*ip*/, int& /*port*/) const override {}
  socket_t socket() const override { return 0; }  // the real one may exceed FD_SETSIZE, a 500 in 0.11

 private:
  Connection& connection_;
  const std::string request_;
  std::size_t read_ = 0;
  std::string head_;
  bool begun_ = false;
  bool failed_ = false;
};

}  // namespace tailor::http
