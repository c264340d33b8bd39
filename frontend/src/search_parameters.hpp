#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace tailor {

/// How a parameter's text is read.
enum class Kind { text, number, integer, boolean, text_list };

/// One parameter of a search: its name in HTTP, the SQL function's argument and that argument's type.
struct Parameter {
  std::string_view http;
  std::string_view argument;  // empty: chooses the statement, is no argument of the function
  std::string_view type;
  Kind kind;
  const char* otherwise;  // the value when the request gives none; nullptr: SQL's NULL
};

/// All parameters of GET /api/tailors. Ranges are the SQL function's business and are not repeated here.
inline constexpr std::array<Parameter, 12> kSearchParameters{{
    {"location", "", "text", Kind::text, nullptr},
    {"lat", "lat", "float8", Kind::number, nullptr},
    {"lng", "lng", "float8", Kind::number, nullptr},
    {"maxDistance", "max_distance_km", "float8", Kind::number, "10"},
    {"skill", "skills", "text[]", Kind::text_list, nullptr},
    {"minExperience", "min_experience", "int4", Kind::integer, nullptr},
    {"maxExperience", "max_experience", "int4", Kind::integer, nullptr},
    {"minRating", "min_rating", "float8", Kind::number, nullptr},
    {"sortBy", "sort_by", "text", Kind::text, "distance"},
    {"page", "page", "int4", Kind::integer, "1"},
    {"limit", "page_size", "int4", Kind::integer, "12"},
    {"includeUnlocated", "include_unlocated", "bool", Kind::boolean, "false"},
}};

/// The places of those parameters that are named in code.
inline constexpr std::size_t kLocation = 0;
inline constexpr std::size_t kLatitude = 1;
inline constexpr std::size_t kLongitude = 2;
inline constexpr std::size_t kMaxDistance = 3;
inline constexpr std::size_t kSkill = 4;
inline constexpr std::size_t kSortBy = 8;
inline constexpr std::size_t kIncludeUnlocated = 11;

/// One value a parameter, in the table's order, as PostgreSQL's text input reads it; no value is NULL.
using SearchValues = std::array<std::optional<std::string>, kSearchParameters.size()>;

}  // namespace tailor
