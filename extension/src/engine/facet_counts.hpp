// Counts the tailors of a scan for its facets.
#pragma once

#include "src/engine/covering_entry.hpp"
#include "src/engine/skill_counts.hpp"

namespace tailor {

class FacetCounts {
 public:
  /// Allocates in the current memory context. Skills are equal by this collation.
  explicit FacetCounts(Oid skill_collation) : skills_(skill_collation) {}

  /// Whether some facet counts a tailor that fails these filters: a facet ignores its own.
  static bool are_concerned(FilterSet failed) { return (failed & (failed - 1)) == 0; }

  /// Adds a tailor of the area. `row`: unless nullptr, the tailor's row was read last and has the skills.
  void add(const EntryReader& reader, IndexTuple entry, const RowReader* row, FilterSet failed) {
    ++tailors_;
    bool null = false;
    if ((failed & ~kSkillFilter) == 0) {
      const Datum skills = row != nullptr ? reader.skills(*row, null) : reader.skills(entry, null);
      if (!null) skills_.add(skills);
    }
    if ((failed & ~kRatingFilter) == 0) {
      const double stars = reader.rating(entry, null);
      if (!null) ++stars_[whole_stars(stars)];
    }
    if ((failed & ~kExperienceFilter) == 0) {
      const int32 years = reader.experience(entry, null);
      if (!null && years >= 0) ++bands_[Min(years / kBandYears, kBands - 1)];
    }
  }

  /// Those that were added.
  int64 tailors() const { return tailors_; }

  /// In the current memory context.
  Facets* finish() {
    auto* facets = static_cast<Facets*>(palloc0(sizeof(Facets)));
    skills_.finish(*facets);
    int64 tailors = 0;
    for (int stars = kFacetStars; stars > 0; --stars)
      facets->at_least_stars[stars - 1] = tailors += stars_[stars];
    std::copy(bands_, bands_ + kBands, facets->experience);
    return facets;
  }

 private:
  // In PostgreSQL NaN is greater than every number.
  static int whole_stars(double rating) {
    if (!(rating < kFacetStars)) return kFacetStars;
    return rating < 1 ? 0 : static_cast<int>(rating);
  }

  SkillCounts skills_;
  int64 tailors_ = 0;
  int64 stars_[kFacetStars + 1] = {};  // by whole stars
  int64 bands_[kBands] = {};
};

}  // namespace tailor
