// The groups that facets count tailors in.
#pragma once

namespace tailor {

/// The most frequent skills that an answer shows.
inline constexpr int kMostFacetSkills = 100;

/// Ratings of at least 1, 2, … stars.
inline constexpr int kFacetStars = 5;

/// Bands of experience: 0 to 4 years, 5 to 9, …, and the last one without an end.
inline constexpr int kBandYears = 5;
inline constexpr int kBands = 11;

enum Facet { kSkillFacet, kRatingFacet, kExperienceFacet, kFacetKinds };
inline constexpr const char* facet_names[kFacetKinds] = {"skill", "rating", "experience"};

/// Columns of a row of the facets' statement, counted from 0.
struct FacetRow {
  static constexpr int facet = 0;
  static constexpr int number = 1;  // stars, or the band
  static constexpr int skill = 2;
  static constexpr int tailors = 3;
  static constexpr int skills = 4;  // distinct skills in all
};

}  // namespace tailor
