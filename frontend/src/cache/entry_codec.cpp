#include "cache/entry_codec.hpp"

#include <xxhash.h>

#include <cmath>
#include <cstring>

namespace tailor::cache {
namespace {

// Version of the format. Numbers are written in native byte order, so a machine with another one reads a
// different version and ignores the entry.
constexpr std::uint32_t kForm = 0x33524c54;  // "TLR3"

constexpr std::chrono::hours kLongestLife{24 * 366};

enum Flag : std::uint32_t { kNotified = 1, kCentre = 2, kUnlocated = 4, kShown = 8, kBox = 16 };

struct Header {
  std::uint32_t form = kForm;
  std::uint32_t flags = 0;
  std::int64_t lifetime_ms = 0;
  std::int64_t cost_ns = 0;
  double latitude = 0, longitude = 0, radius_km = 0;
  Box box{};
};

static_assert(sizeof(Header) == 80, "without gaps");

template <typename Number>
void append(std::string& bytes, Number number) {
  char raw[sizeof number];
  std::memcpy(raw, &number, sizeof number);
  bytes.append(raw, sizeof raw);
}

void append_text(std::string& bytes, std::string_view text) {
  append(bytes, static_cast<std::uint32_t>(text.size()));
  bytes.append(text);
}

// Reads values from the front of bytes. Reading beyond the end sets failed() permanently.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  template <typename Number>
  Number number() {
    Number number{};
    const std::string_view raw = take(sizeof number);
    if (!failed_) std::memcpy(&number, raw.data(), sizeof number);
    return number;
  }

  std::string_view text() { return take(number<std::uint32_t>()); }

  bool failed() const { return failed_; }
  bool at_end() const { return !failed_ && rest_.empty(); }

 private:
  std::string_view take(std::size_t size) {
    failed_ = failed_ || size > rest_.size();
    if (failed_) return {};
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::string_view rest_;
  bool failed_ = false;
};

Header header_of(const Entry& entry, std::chrono::milliseconds lifetime) {
  const Dependencies& dependencies = entry.dependencies;
  Header header;
  header.flags = (entry.notified ? kNotified : 0U) | (dependencies.centre ? kCentre : 0U) |
                 (dependencies.unlocated ? kUnlocated : 0U) | (dependencies.shown ? kShown : 0U) |
                 (dependencies.box ? kBox : 0U);
  header.lifetime_ms = lifetime.count();
  header.cost_ns = std::chrono::nanoseconds{entry.cost}.count();
  if (dependencies.centre) header.latitude = dependencies.centre->latitude;
  if (dependencies.centre) header.longitude = dependencies.centre->longitude;
  header.radius_km = dependencies.radius_km;
  if (dependencies.box) header.box = *dependencies.box;
  return header;
}

bool plausible(const Header& header) {
  const std::chrono::milliseconds lifetime{header.lifetime_ms};
  return header.form == kForm && header.lifetime_ms > 0 && lifetime <= kLongestLife && header.cost_ns >= 0 &&
         header.cost_ns <= std::chrono::nanoseconds{std::chrono::hours{1}}.count() &&
         std::isfinite(header.latitude) && std::isfinite(header.longitude) &&
         std::isfinite(header.radius_km) && std::isfinite(header.box.west) &&
         std::isfinite(header.box.south) && std::isfinite(header.box.east) && std::isfinite(header.box.north);
}

Dependencies read_dependencies(const Header& header, Reader& reader) {
  Dependencies dependencies;
  if ((header.flags & kCentre) != 0) dependencies.centre = {header.latitude, header.longitude};
  dependencies.radius_km = header.radius_km;
  dependencies.unlocated = (header.flags & kUnlocated) != 0;
  if ((header.flags & kBox) != 0) dependencies.box = header.box;
  dependencies.tailor = reader.text();
  if ((header.flags & kShown) != 0) dependencies.shown = reader.text();
  return dependencies;
}

std::uint64_t checksum(std::string_view bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

}  // namespace

std::string encode_entry(const Entry& entry, std::string_view name, std::chrono::milliseconds lifetime) {
  std::string bytes;
  append(bytes, header_of(entry, lifetime));
  append_text(bytes, name);
  append_text(bytes, entry.snapshot);
  append_text(bytes, entry.dependencies.tailor);
  if (entry.dependencies.shown) append_text(bytes, *entry.dependencies.shown);
  append_text(bytes, entry.representation->body());
  return with_checksum(std::move(bytes));
}

std::string with_checksum(std::string bytes) {
  append(bytes, checksum(bytes));
  return bytes;
}

std::optional<DecodedEntry> decode_entry(std::string_view bytes, std::string_view name) {
  constexpr std::size_t tail = sizeof(std::uint64_t);
  if (bytes.size() < tail) return std::nullopt;
  const std::string_view content = bytes.substr(0, bytes.size() - tail);
  if (Reader(bytes.substr(content.size())).number<std::uint64_t>() != checksum(content)) return std::nullopt;
  Reader reader(content);
  const auto header = reader.number<Header>();
  if (reader.text() != name || !plausible(header)) return std::nullopt;
  auto entry = std::make_shared<Entry>();
  entry->notified = (header.flags & kNotified) != 0;
  entry->cost = std::chrono::duration_cast<Clock::duration>(std::chrono::nanoseconds{header.cost_ns});
  entry->snapshot = reader.text();
  entry->dependencies = read_dependencies(header, reader);
  const std::string_view body = reader.text();
  if (!reader.at_end() || body.empty()) return std::nullopt;
  entry->representation = std::make_shared<const content::Representation>(std::string{body});
  return DecodedEntry{std::move(entry), std::chrono::milliseconds{header.lifetime_ms}};
}

}  // namespace tailor::cache
