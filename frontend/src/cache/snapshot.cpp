#include "cache/snapshot.hpp"

#include <algorithm>
#include <charconv>

namespace tailor::cache {
namespace {

// Removes a number and the separator after it from the front of the text; the last number has no separator.
std::optional<Transaction> take_number(std::string_view& text, char separator) {
  Transaction number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.empty()) return number;
  if (text.front() != separator) return std::nullopt;
  text.remove_prefix(1);
  return number;
}

}  // namespace

bool Snapshot::sees(Transaction transaction) const {
  if (transaction < xmin) return true;
  return transaction < xmax && std::ranges::find(running, transaction) == running.end();
}

bool Snapshot::includes(const Snapshot& other) const {
  return xmax >= other.xmax &&
         std::ranges::none_of(running, [&](Transaction each) { return other.sees(each); });
}

std::optional<Snapshot> parse_snapshot(std::string_view text) {
  if (std::ranges::count(text, ':') != 2) return std::nullopt;
  const auto xmin = take_number(text, ':');
  const auto xmax = xmin ? take_number(text, ':') : std::nullopt;
  if (!xmax || *xmin > *xmax) return std::nullopt;
  Snapshot snapshot{*xmin, *xmax, {}};
  while (!text.empty()) {
    const auto running = take_number(text, ',');
    if (!running) return std::nullopt;
    snapshot.running.push_back(*running);
  }
  return snapshot;
}

}  // namespace tailor::cache
