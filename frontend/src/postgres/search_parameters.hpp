#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace tailor {

/// How a parameter's text is parsed.
enum class Kind { text, number, integer, boolean, text_list, box_edge };

/// A search parameter: its name in HTTP, the SQL function's argument and that argument's type.
struct Parameter {
  std::string_view http;
  std::string_view argument;  // empty: not an argument of the function, but selects the statement
  std::string_view type;
  Kind kind;
  const char* default_value;  // used when the request has none; nullptr: NULL
};

/// All parameters of GET /api/tailors. Ranges are checked by the SQL function.
inline constexpr std::array<Parameter, 21> kSearchParameters{{
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
    {"bbox", "west", "float8", Kind::box_edge, nullptr},  // one parameter has all four edges
    {"bbox", "south", "float8", Kind::box_edge, nullptr},
    {"bbox", "east", "float8", Kind::box_edge, nullptr},
    {"bbox", "north", "float8", Kind::box_edge, nullptr},
    {"nearest", "nearest", "int4", Kind::integer, nullptr},
    {"after", "after", "text", Kind::text, nullptr},
    {"skillMatch", "skill_match", "text", Kind::text, "any"},
    {"facets", "facets", "bool", Kind::boolean, "false"},
    {"zoom", "zoom", "int4", Kind::integer, nullptr},
}};

/// The indexes of the parameters that code refers to.
inline constexpr std::size_t kLocation = 0;
inline constexpr std::size_t kLatitude = 1;
inline constexpr std::size_t kLongitude = 2;
inline constexpr std::size_t kMaxDistance = 3;
inline constexpr std::size_t kSkill = 4;
inline constexpr std::size_t kSortBy = 8;
inline constexpr std::size_t kLimit = 10;
inline constexpr std::size_t kIncludeUnlocated = 11;
inline constexpr std::size_t kBoxWest = 12;
inline constexpr std::size_t kBoxEdges = 4;  // from there
inline constexpr std::size_t kNearest = 16;
inline constexpr std::size_t kSkillMatch = 18;

/// The value of each parameter, in the table's order, as PostgreSQL text input; no value means NULL.
using SearchValues = std::array<std::optional<std::string>, kSearchParameters.size()>;

}  // namespace tailor
