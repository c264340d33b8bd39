// Fields that are left out of answers, so that not everybody sees them: a search does not read their columns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "model.hpp"

namespace tailor {

/// Sets of columns of core/model.hpp: bit i stands for the column with index i.
struct HiddenFields {
  std::uint32_t tailor = 0;
  std::uint32_t user = 0;
  std::uint32_t sample_work = 0;
};

constexpr bool is_hidden(std::uint32_t columns, std::size_t index) {
  return (columns >> index & 1U) != 0;
}

/// Reads names that are separated by commas or spaces: contactEmail for a tailor's field, user.email and
/// sampleWorks.imageUrl for those of a tailor's user and works. Returns the first name that is none, or names
/// a field that searches need; empty: all of them are good.
std::string_view parse_hidden_fields(std::string_view text, HiddenFields& fields);

/// The names of all fields that may be hidden, as parse_hidden_fields() takes them.
std::string_view hideable_fields();

}  // namespace tailor
