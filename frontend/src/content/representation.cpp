#include "content/representation.hpp"

#include <spdlog/fmt/fmt.h>
#include <xxhash.h>

namespace tailor::content {
namespace {

constexpr std::size_t kWorthCompressing = 1024;  // a smaller body fits into one packet anyway

// Compressing a larger body would block the other connections of the thread for 10 ms and more.
constexpr std::size_t kMaxCompressed = std::size_t{1} << 20U;

// The hash identifies the body, and is the same in all instances.
std::string make_etag(std::string_view body) {
  const XXH128_hash_t hash = XXH3_128bits(body.data(), body.size());
  return fmt::format("\"{:016x}{:016x}\"", hash.high64, hash.low64);
}

std::string etag_of(const std::string& identity, Encoding encoding) {
  return identity.substr(0, identity.size() - 1) + '-' + name_of(encoding) + '"';
}

}  // namespace

Representation::Representation(std::string body) {
  body.shrink_to_fit();  // it is cached
  identity_ = {std::move(body), {}};
  identity_.etag = make_etag(identity_.body);
}

void Representation::compress() {
  for (const Encoding encoding : {Encoding::br, Encoding::gzip}) variant(encoding);
  compressed_early_ = true;
}

const Representation::Variant& Representation::variant(Encoding encoding) const {
  if (encoding == Encoding::identity) return identity_;
  Compressed& compressed = compressed_.at(static_cast<std::size_t>(encoding));
  std::call_once(compressed.made, [&] {
    compressed.variant = {encode(identity_.body, encoding), etag_of(identity_.etag, encoding)};
  });
  return compressed.variant;
}

bool Representation::worth_compressing() const {
  return identity_.body.size() >= kWorthCompressing && may_be_compressed();
}

bool Representation::may_be_compressed() const {
  return compressed_early_ || identity_.body.size() <= kMaxCompressed;
}

// A page of tailors shrinks to a quarter or less each way, a small one to 45 %.
std::size_t Representation::bytes() const {
  constexpr std::size_t etags = 144;
  const std::size_t body = identity_.body.capacity();
  return sizeof(*this) + etags + body + (worth_compressing() ? body / 2 + kWorthCompressing / 2 : 0);
}

}  // namespace tailor::content
