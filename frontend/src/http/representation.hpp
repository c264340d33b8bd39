#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "http/encoding.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace tailor::http {

/// An answer's body and what goes with it. Never changes, and may be sent by many threads at a time. The
/// compressed bodies are made when they are first asked for, once, and kept.
class Representation {
 public:
  struct Variant {
    std::string body;
    std::string etag;  // strong: of these very bytes
  };

  explicit Representation(std::string body);

  const std::string& body() const { return identity_.body; }
  const std::string& etag() const { return identity_.etag; }

  /// The body in a coding.
  const Variant& variant(Encoding encoding) const;

  /// Whether compressing saves a packet.
  bool worth_compressing() const;

  /// Whether it takes little enough of a serving thread's time.
  bool may_be_compressed() const;

  /// The memory that it takes, with room for the compressed bodies whether they are there or not: this never
  /// changes.
  std::size_t bytes() const;

 private:
  struct Compressed {
    std::once_flag made;
    Variant variant;
  };

  Variant identity_;
  mutable std::array<Compressed, 2> compressed_;  // br, gzip
};

/// Makes the response this answer, coded as the client wants it; or 304 when the client has it already. HEAD
/// is answered alike: the body is left out when it is sent. Throws Problem when If-Match names no such
/// answer.
void write_representation(const Request& request, const std::shared_ptr<const Representation>& representation,
                          const std::string& cache_control, Response& response);

/// How entity tags are compared (RFC 9110, 8.8.3.2).
enum class Comparison { weak, strong };

/// Whether an If-Match or If-None-Match names the entity tag, or any (RFC 9110, 13.1).
bool names_tag(std::string_view list, std::string_view etag, Comparison comparison = Comparison::weak);

}  // namespace tailor::http
