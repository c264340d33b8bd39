#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace tailor::http {

/// An answer, filled in by a handler. Field names and values come from the program and contain no line break.
class Response {
 public:
  int status = 200;

  void set_header(std::string_view name, std::string_view value);
  void set_content(std::string body, std::string_view type);

  /// Shares the body instead of copying it.
  void set_body(std::shared_ptr<const std::string> body) { body_ = std::move(body); }
  std::string_view body() const { return body_ ? std::string_view{*body_} : std::string_view{}; }

  /// The answer's head with the field lines `more`, including its empty line.
  std::string head(std::string_view more) const;

  /// A field's value; empty if absent.
  std::string header(std::string_view name) const;

 private:
  std::string fields_;  // field lines
  std::shared_ptr<const std::string> body_;
};

/// The value of Allow: the methods of every resource.
inline constexpr std::string_view kAllowedMethods = "GET, HEAD, OPTIONS";

/// Turns the response into the answer to OPTIONS.
void write_options(Response& response);

/// A status code's reason phrase.
const char* reason_phrase(int status);

}  // namespace tailor::http
