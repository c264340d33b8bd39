#pragma once

#include <exception>
#include <string>
#include <string_view>

#include "database/error.hpp"
#include "http/head_fault.hpp"

namespace tailor::http {

class Response;

/// An answer that tells of a failure (RFC 9457). Thrown where a request turns out to be wrong.
class Problem : public std::exception {
 public:
  Problem(int status, std::string code, std::string detail, std::string parameter = {});

  int status() const { return status_; }
  const std::string& code() const { return code_; }
  const std::string& parameter() const { return parameter_; }

  /// When to come again, where it is worth it.
  Problem& retry_after(Seconds seconds);

  /// The JSON text of the answer.
  std::string body() const;
  /// Makes the response this problem.
  void write_to(Response& response) const;

  const char* what() const noexcept override { return code_.c_str(); }

 private:
  int status_;
  std::string code_;
  std::string detail_;
  std::string parameter_;
  int retry_after_ = 1;  // seconds
};

/// 400 for a parameter; `fault` completes the sentence that begins with its name.
Problem invalid_parameter(std::string_view parameter, std::string_view fault);

/// What a client may know of a database error: only a refused argument is told as it is, under its HTTP name.
Problem problem_from(const database::Error& error);

/// What a client gets for a head that is refused.
Problem problem_from(const HeadFault& fault);

/// For a method that a resource does not have.
Problem method_not_allowed();

/// What a client gets for an exception, whose text only goes to the log.
Problem problem_of(std::exception_ptr thrown);

/// The same for one that is known: it is not thrown again to see what it is.
Problem problem_of(const database::Error& error);

/// For a client that left before its answer came: for the log and the metrics.
Problem client_left();

/// For a status alone.
Problem problem_from_status(int status);

}  // namespace tailor::http
