#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace tailor::http {

/// An answer as a handler makes it. Field names and values are the program's own, and hold no line break.
class Response {
 public:
  int status = 200;

  void set_header(std::string_view name, std::string_view value);
  void set_content(std::string body, std::string_view type);

  /// A body that others may be sending as well: it is not copied.
  void set_body(std::shared_ptr<const std::string> body) { body_ = std::move(body); }
  std::string_view body() const { return body_ ? std::string_view{*body_} : std::string_view{}; }

  /// The answer's head, with `more` fields (whole lines), its empty line included.
  std::string head(std::string_view more) const;

  /// A field's value; empty where there is none.
  std::string header(std::string_view name) const;

 private:
  std::string fields_;  // as they are sent
  std::shared_ptr<const std::string> body_;
};

/// The methods that every resource has, for Allow.
inline constexpr std::string_view kAllowedMethods = "GET, HEAD, OPTIONS";

/// Makes the response the answer to OPTIONS.
void write_options(Response& response);

/// What a status means, in words.
const char* reason_phrase(int status);

}  // namespace tailor::http
