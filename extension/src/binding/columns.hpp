// The columns of core/model.hpp in a table: their attribute numbers, and the values of a row.
#pragma once

#include "src/postgres.hpp"
//
#include "core/model.hpp"

namespace tailor {

/// A table's columns of the model, as attribute numbers, in the order of core/model.hpp; 0: hidden.
template <std::size_t N>
using Attributes = std::array<AttrNumber, N>;

/// The columns of one row of a table, in the order of core/model.hpp.
template <std::size_t N>
struct Values {
  Datum value[N];
  bool null[N];
};

}  // namespace tailor
