#include "http/representation.hpp"

#include <spdlog/fmt/fmt.h>
#include <xxhash.h>

#include "http/field_value.hpp"
#include "http/problem.hpp"
#include "http/response.hpp"

namespace tailor::http {
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

bool names_tag(std::string_view list, std::string_view etag, Comparison comparison) {
  for (std::size_t at = 0; at < list.size();) {
    at = list.find_first_not_of(" \t,", at);
    if (at == std::string_view::npos) return false;
    const std::string_view rest = list.substr(at);
    if (trimmed(rest) == "*") return true;
    const std::size_t begin = rest.starts_with("W/") ? 2 : 0;
    if (!rest.substr(begin).starts_with('"')) return false;
    const std::size_t end = rest.find('"', begin + 1);
    if (end == std::string_view::npos) return false;
    const bool compared = comparison == Comparison::weak || begin == 0;
    if (compared && rest.substr(begin, end + 1 - begin) == etag) return true;
    at += end + 1;
  }
  return false;
}

void write_representation(const httplib::Request& request,
                          const std::shared_ptr<const Representation>& representation,
                          const std::string& cache_control, httplib::Response& response,
                          const MediaType& type) {
  const Encoding encoding =
      representation->may_be_compressed()
          ? choose_encoding(request.get_header_value("Accept-Encoding"), representation->worth_compressing())
          : Encoding::identity;
  const Representation::Variant& variant = representation->variant(encoding);
  const std::string if_match = request.get_header_value("If-Match");
  if (!if_match.empty() && !names_tag(if_match, variant.etag, Comparison::strong))
    throw Problem(412, "precondition_failed", "The answer has none of the entity tags in If-Match.");
  response.set_header("ETag", variant.etag);
  response.set_header("Cache-Control", cache_control);
  response.set_header("Vary", type.vary);
  if (names_tag(request.get_header_value("If-None-Match"), variant.etag)) {
    response.status = 304;
    return;
  }
  if (encoding != Encoding::identity) response.set_header("Content-Encoding", name_of(encoding));
  set_body(response, {representation, &variant.body}, type.name);
}

}  // namespace tailor::http
