// The parts of a covering index entry: cell, filter columns, rank.
#pragma once

#include "src/binding/native_plan.hpp"
#include "src/engine/request.hpp"
#include "src/engine/skill_filter.hpp"
#include "src/index/indexed_skills.hpp"
#include "src/index/row_reader.hpp"
//
#include "core/ranking.hpp"

extern "C" {
#include "access/itup.h"
#include "utils/rel.h"
}

namespace tailor {

/// A set of filters.
using FilterSet = uint8;
inline constexpr FilterSet kSkillFilter = 1, kRatingFilter = 2, kExperienceFilter = 4;

/// Reads the entries of one covering index for one request.
class EntryReader {
 public:
  explicit EntryReader(const Request& request)
      : request_(&request), skill_filter_(request.skills, request.shape.all_skills) {}

  /// `skills` is that column's attribute number in the table.
  void open(Relation table, Relation index, const CoveringPlan& plan, AttrNumber skills) {
    descriptor_ = RelationGetDescr(index);
    plan_ = plan;
    skills_ = skills;
    skill_filter_.open(TupleDescAttr(RelationGetDescr(table), skills - 1)->attcollation);
  }

  int64 cell(IndexTuple entry, bool& null) const { return DatumGetInt64(column(entry, 0, null)); }

  enum class Verdict { fails, passes, row_decides };

  /// Whether the entry passes the filters. The row decides by its skills where the entry does not have them.
  Verdict verdict(IndexTuple entry) {
    if (!passes_experience(entry) || !passes_rating(entry)) return Verdict::fails;
    if (!request_->shape.skills) return Verdict::passes;
    if (plan_.skills < 0) return Verdict::row_decides;
    bool null = false;
    const Datum skills = column(entry, plan_.skills, null);
    if (null) return Verdict::fails;
    if (are_in_row(skills)) return Verdict::row_decides;
    return skill_filter_.passes(skills) ? Verdict::passes : Verdict::fails;
  }

  /// The filters that the entry fails, as FilterSet, for facets. Where has_skills() is false, the row decides
  /// by its skills.
  FilterSet failed_filters(IndexTuple entry) {
    FilterSet failed = 0;
    if (!passes_experience(entry)) failed |= kExperienceFilter;
    if (!passes_rating(entry)) failed |= kRatingFilter;
    if (request_->shape.skills && has_skills(entry) && !passes_skills(entry)) failed |= kSkillFilter;
    return failed;
  }

  bool has_skills(IndexTuple entry) const {
    if (plan_.skills < 0) return false;
    bool null = false;
    const Datum skills = column(entry, plan_.skills, null);
    return null || !are_in_row(skills);
  }

  bool row_passes_skills(const RowReader& tailors) {
    if (!request_->shape.skills) return true;
    bool null = false;
    const Datum skills = tailors.column(skills_, null);
    return !null && skill_filter_.passes(skills);
  }

  Datum skills(IndexTuple entry, bool& null) const { return column(entry, plan_.skills, null); }

  /// The skills of the row read last.
  Datum skills(const RowReader& tailors, bool& null) const { return tailors.column(skills_, null); }

  int32 experience(IndexTuple entry, bool& null) const {
    return DatumGetInt32(column(entry, plan_.experience, null));
  }

  double rating(IndexTuple entry, bool& null) const {
    return DatumGetFloat8(column(entry, plan_.rating, null));
  }

  /// The rank by the sort key, ascending; 0 where the order is by distance alone.
  int64 rank(IndexTuple entry) const {
    if (request_->shape.sort_by == SortBy::distance) return 0;
    bool null = false;
    if (request_->shape.sort_by == SortBy::experience) {
      const int32 years = experience(entry, null);
      return null ? null_rank : -int64{years};
    }
    const double stars = rating(entry, null);
    return null ? null_rank : descending_rank(stars);
  }

 private:
  bool passes_experience(IndexTuple entry) const {
    const SearchShape& shape = request_->shape;
    if (!shape.min_experience && !shape.max_experience) return true;
    bool null = false;
    const int32 years = experience(entry, null);
    return !null && (!shape.min_experience || years >= request_->min_experience) &&
           (!shape.max_experience || years <= request_->max_experience);
  }

  // In PostgreSQL NaN is greater than every number.
  bool passes_rating(IndexTuple entry) const {
    if (!request_->shape.min_rating) return true;
    bool null = false;
    const double stars = rating(entry, null);
    return !null && !(stars < request_->min_rating);
  }

  bool passes_skills(IndexTuple entry) {
    bool null = false;
    const Datum skills = column(entry, plan_.skills, null);
    return !null && skill_filter_.passes(skills);
  }

  Datum column(IndexTuple entry, int number, bool& null) const {
    return index_getattr(entry, number + 1, descriptor_, &null);
  }

  const Request* request_;
  TupleDesc descriptor_ = nullptr;
  CoveringPlan plan_{};
  AttrNumber skills_ = InvalidAttrNumber;
  SkillFilter skill_filter_;
};

}  // namespace tailor
