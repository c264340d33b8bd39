#include "http/response.hpp"

#include <utility>

namespace tailor::http {

void set_body(httplib::Response& response, std::shared_ptr<const std::string> body, const char* type) {
  const std::size_t size = body->size();
  response.set_content_provider(
      size, type, [body = std::move(body)](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
        return sink.write(body->data() + offset, length);
      });
}

void set_body(httplib::Response& response, std::string body, const char* type) {
  set_body(response, std::make_shared<const std::string>(std::move(body)), type);
}

}  // namespace tailor::http
