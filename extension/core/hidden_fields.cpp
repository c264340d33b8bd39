#include "hidden_fields.hpp"

#include <string>

namespace tailor {
namespace {

constexpr std::string_view kSeparators = ", \t\r\n";

// Calls visit(prefix, columns, hidden) for each table. Returns whether a call did.
template <typename Visit>
bool any_table(HiddenFields& fields, Visit visit) {
  return visit(std::string_view{}, tailor_columns, fields.tailor) ||
         visit(std::string_view{"user."}, user_columns, fields.user) ||
         visit(std::string_view{"sampleWorks."}, sample_work_columns, fields.sample_work);
}

bool hide(HiddenFields& fields, std::string_view name) {
  return any_table(fields, [name](std::string_view prefix, const auto& columns, std::uint32_t& hidden) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (!columns[i].can_hide || !name.starts_with(prefix) || name.substr(prefix.size()) != columns[i].name)
        continue;
      hidden |= 1U << i;
      return true;
    }
    return false;
  });
}

}  // namespace

std::string_view parse_hidden_fields(std::string_view text, HiddenFields& fields) {
  for (std::size_t begin = 0;
       (begin = text.find_first_not_of(kSeparators, begin)) != std::string_view::npos;) {
    const std::string_view name = text.substr(begin, text.find_first_of(kSeparators, begin) - begin);
    if (!hide(fields, name)) return name;
    begin += name.size();
  }
  return {};
}

std::string_view hideable_fields() {
  static const std::string names = [] {
    std::string list;
    HiddenFields none;
    any_table(none, [&list](std::string_view prefix, const auto& columns, std::uint32_t&) {
      for (const Column& column : columns) {
        if (!column.can_hide) continue;
        list.append(list.empty() ? "" : ", ").append(prefix).append(column.name);
      }
      return false;
    });
    return list;
  }();
  return names;
}

}  // namespace tailor
