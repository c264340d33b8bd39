// The properties of a search that determine its SQL text, and the column numbers of parameters and results.
#pragma once

#include "model.hpp"

namespace tailor {

/// A filter becomes a predicate only if present, so each shape has its own plan.
struct SearchShape {
  bool skills = false;
  bool all_skills = false;  // not any of them
  bool min_experience = false;
  bool max_experience = false;
  bool min_rating = false;
  bool include_unlocated = false;
  bool box = false;
  bool after = false;  // a cursor: the page begins after a row
  SortBy sort_by = SortBy::distance;

  /// A dense number, 0 <= index() < count: the index of the shape's plan.
  constexpr int index() const {
    const int filters = int{skills} | int{min_experience} << 1 | int{max_experience} << 2 |
                        int{min_rating} << 3 | int{include_unlocated} << 4 | int{box} << 5 | int{after} << 6 |
                        int{all_skills} << 7;
    return filters * static_cast<int>(sort_by_names.size()) + static_cast<int>(sort_by);
  }
  static constexpr int count = 256 * static_cast<int>(sort_by_names.size());

  /// The shape without order and cursor: it determines the SQL text of facets and clusters.
  constexpr SearchShape unordered() const {
    SearchShape shape = *this;
    shape.after = false;
    shape.sort_by = SortBy::distance;
    return shape;
  }
};

/// Parameters of the search statement; $1 is the first.
enum SearchParameter {
  kCenter,           // geography: distances are from it
  kMetres,           // float8
  kLimit,            // bigint
  kOffset,           // bigint
  kSampleWorks,      // bigint
  kSkills,           // text[]
  kMinExperience,    // int
  kMaxExperience,    // int
  kMinRating,        // float8
  kAround,           // geography: the centre of the circle around a box
  kWest,             // float8: the box, or for has_foreign_partition the box around the circle
  kSouth,            // float8
  kEast,             // float8
  kNorth,            // float8
  kAfterKey,         // float8: the sort key, distance and id of the row before the page
  kAfterDistance,    // float8, km
  kAfterId,          // text
  kSearchParameters  // their number
};

/// Columns of a result row, counted from 0.
struct RowLayout {
  static constexpr int total = 0;
  static constexpr int remaining = 1;  // matches after the cursor; NULL without one
  static constexpr int ordinal = 2;    // position on the page, from 1; NULL: the page is empty
  static constexpr int tailor = 3;
  static constexpr int distance = tailor + static_cast<int>(tailor_columns.size());
  static constexpr int user = distance + 1;
  static constexpr int sample_work = user + static_cast<int>(user_columns.size());
  static constexpr int has_work =
      sample_work + static_cast<int>(sample_work_columns.size());  // NULL: no work
  static constexpr int count = has_work + 1;
};

}  // namespace tailor
