#pragma once

#include <array>
#include <mutex>
#include <string>

#include "content/encoding.hpp"

namespace tailor::content {

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

}  // namespace tailor::content
