#include "http/accept_encoding.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "http/field_value.hpp"

namespace tailor::http {
namespace {

using content::Encoding;

constexpr std::array kEncodings{Encoding::br, Encoding::gzip, Encoding::identity};

// Parses what follows the name in `gzip;q=0.5`. The default is 1000.
std::optional<int> weight_of(std::string_view parameters) {
  if (parameters.empty()) return 1000;
  const std::string_view name = next_list_item(parameters, '=');
  return iequals(name, "q") ? parse_weight(trimmed(parameters)) : std::nullopt;
}

bool names(std::string_view coding, Encoding encoding) {
  return iequals(coding, name_of(encoding)) || (encoding == Encoding::gzip && iequals(coding, "x-gzip"));
}

// The weight of each coding, in thousandths. Identity is acceptable unless refused; a malformed member is
// ignored.
std::array<int, kEncodings.size()> weights(std::string_view accept_encoding) {
  std::array<std::optional<int>, kEncodings.size()> given;
  std::optional<int> any;
  while (!accept_encoding.empty()) {
    std::string_view member = next_list_item(accept_encoding);
    const std::string_view coding = next_list_item(member, ';');
    const std::optional<int> weight = weight_of(member);
    if (!weight) continue;
    if (coding == "*") any = weight;
    for (std::size_t i = 0; i < kEncodings.size(); ++i) {
      if (names(coding, kEncodings[i])) given[i] = weight;
    }
  }
  std::array<int, kEncodings.size()> result{};
  for (std::size_t i = 0; i < kEncodings.size(); ++i)
    result[i] = given[i].value_or(any.value_or(kEncodings[i] == Encoding::identity ? 1 : 0));
  return result;
}

}  // namespace

Encoding choose_encoding(std::string_view accept_encoding, bool worth_compressing) {
  const auto weight = weights(accept_encoding);
  if (!worth_compressing && weight.back() > 0) return Encoding::identity;
  const auto* const most = std::ranges::max_element(weight);  // the first of equal weights
  return *most > 0 ? kEncodings[static_cast<std::size_t>(most - weight.begin())] : Encoding::identity;
}

}  // namespace tailor::http
