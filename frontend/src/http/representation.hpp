#pragma once

#include <httplib.h>

#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "http/encoding.hpp"
#include "http/media_type.hpp"

namespace tailor::http {

/// An answer's body with its entity tags and compressed forms. Immutable to its users, and shared by threads.
/// A compressed form is made once, when first needed, and kept.
class Representation {
 public:
  struct Variant {
    std::string body;
    std::string etag;  // strong: identifies these bytes
  };

  explicit Representation(std::string body);

  /// Makes the compressed forms now, also of a large body, before the representation is shared.
  void compress();

  const std::string& body() const { return identity_.body; }
  const std::string& etag() const { return identity_.etag; }

  /// The body in this coding.
  const Variant& variant(Encoding encoding) const;

  /// Whether compression saves a packet.
  bool worth_compressing() const;

  /// Whether compression is short enough for an event loop's thread.
  bool may_be_compressed() const;

  /// Bytes of memory, including an estimate for the compressed forms, so that the value never changes.
  std::size_t bytes() const;

 private:
  struct Compressed {
    std::once_flag made;
    Variant variant;
  };

  bool compressed_early_ = false;
  Variant identity_;
  mutable std::array<Compressed, 2> compressed_;  // br, gzip
};

/// Turns the response into this answer in the coding that the client prefers, or into 304 when the client has
/// it. HEAD is handled the same; the body is omitted on sending. Throws Problem when If-Match does not match.
void write_representation(const httplib::Request& request,
                          const std::shared_ptr<const Representation>& representation,
                          const std::string& cache_control, httplib::Response& response,
                          const MediaType& type = {});

/// Comparison of entity tags (RFC 9110, 8.8.3.2).
enum class Comparison { weak, strong };

/// Whether an If-Match or If-None-Match lists the entity tag, or is `*` (RFC 9110, 13.1).
bool names_tag(std::string_view list, std::string_view etag, Comparison comparison = Comparison::weak);

}  // namespace tailor::http
