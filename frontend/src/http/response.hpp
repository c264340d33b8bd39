#pragma once

#include <httplib.h>

#include <memory>
#include <string>

namespace tailor::http {

/// Answers with a body that is shared instead of copied. cpp-httplib sends it as it is: a `Response::body` of
/// some types it would compress for each request.
void set_body(httplib::Response& response, std::shared_ptr<const std::string> body, const char* type);

/// The same for a text of this answer alone.
void set_body(httplib::Response& response, std::string body, const char* type);

}  // namespace tailor::http
