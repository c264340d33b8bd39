#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cache/entry.hpp"

namespace tailor::cache {

/// An entry as bytes, for other instances to read, with the name that it is kept under and the time for which
/// it is kept. Of the entry's times only the cost of computing it is in there: clocks of two machines do not
/// compare.
std::string to_wire(const Entry& entry, std::string_view name, std::chrono::milliseconds lifetime);

/// Bytes with their checksum behind them.
std::string with_checksum(std::string bytes);

struct FromWire {
  std::shared_ptr<Entry> entry;  // without times
  std::chrono::milliseconds lifetime;
};

/// The entry; nothing when it is not one of this name, whole and unchanged, in this form.
std::optional<FromWire> from_wire(std::string_view bytes, std::string_view name);

}  // namespace tailor::cache
