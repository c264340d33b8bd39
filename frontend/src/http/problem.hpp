#pragma once

#include <httplib.h>

#include <exception>
#include <string>
#include <string_view>

#include "base/deadline.hpp"
#include "http/head_fault.hpp"

namespace tailor::http {

/// The value of Allow: the methods of every resource.
inline constexpr const char* kAllowedMethods = "GET, HEAD, OPTIONS";

/// An error answer (RFC 9457). Thrown where a request turns out to be invalid.
class Problem : public std::exception {
 public:
  Problem(int status, std::string code, std::string detail, std::string parameter = {});

  int status() const { return status_; }
  const std::string& code() const { return code_; }
  const std::string& parameter() const { return parameter_; }

  /// Sets the Retry-After field.
  Problem& retry_after(Seconds seconds);

  /// The JSON text of the answer.
  std::string body() const;
  /// Turns the response into this problem.
  void write_to(httplib::Response& response) const;

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

/// The answer to a head that is refused.
Problem problem_from(const HeadFault& fault);

/// The answer to a method that a resource does not support.
Problem method_not_allowed();

/// The answer to an exception, whose text goes only to the log.
Problem problem_of(std::exception_ptr thrown);

/// For a client that left before its answer was ready; only seen in the log and the metrics.
Problem client_left();

/// The problem for a status without further detail.
Problem problem_from_status(int status);

}  // namespace tailor::http
