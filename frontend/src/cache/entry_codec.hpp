#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cache/entry.hpp"

namespace tailor::cache {

/// Encodes an entry for other instances, with its name and lifetime. No point in time is included, because
/// the clocks of two machines cannot be compared.
std::string encode_entry(const Entry& entry, std::string_view name, std::chrono::milliseconds lifetime);

/// The bytes followed by their checksum.
std::string with_checksum(std::string bytes);

struct DecodedEntry {
  std::shared_ptr<Entry> entry;  // without times
  std::chrono::milliseconds lifetime;
};

/// Decodes an entry; nothing unless it has this name, this format and the right checksum.
std::optional<DecodedEntry> decode_entry(std::string_view bytes, std::string_view name);

}  // namespace tailor::cache
