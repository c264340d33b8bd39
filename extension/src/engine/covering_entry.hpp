// The parts of a covering index entry: cell, filter columns, rank.
#pragma once

#include "src/binding/native_plan.hpp"
#include "src/engine/request.hpp"
#include "src/index/indexed_skills.hpp"
#include "src/index/row_reader.hpp"
//
#include "core/ranking.hpp"

extern "C" {
#include "access/itup.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
}

namespace tailor {

/// Reads the entries of one covering index for one request.
class EntryReader {
 public:
  explicit EntryReader(const Request& request) : request_(&request) {
    fmgr_info(request.shape.all_skills ? F_ARRAYCONTAINS : F_ARRAYOVERLAP, &has_skills_);
  }

  /// `skills` is that column's attribute number in the table.
  void open(Relation table, Relation index, const CoveringPlan& plan, AttrNumber skills) {
    descriptor_ = RelationGetDescr(index);
    plan_ = plan;
    skills_ = skills;
    skills_collation_ = TupleDescAttr(RelationGetDescr(table), skills - 1)->attcollation;
  }

  int64 cell(IndexTuple entry, bool& null) const { return DatumGetInt64(column(entry, 0, null)); }

  enum class Verdict { fails, passes, row_decides };

  /// Whether the entry passes the filters. The row decides by its skills where the entry does not have them.
  Verdict verdict(IndexTuple entry) {
    const SearchShape& shape = request_->shape;
    bool null = false;
    if (shape.min_experience || shape.max_experience) {
      const int32 years = DatumGetInt32(column(entry, plan_.experience, null));
      if (null || (shape.min_experience && years < request_->min_experience) ||
          (shape.max_experience && years > request_->max_experience))
        return Verdict::fails;
    }
    if (shape.min_rating) {
      const double rating = DatumGetFloat8(column(entry, plan_.rating, null));
      // In PostgreSQL NaN is greater than every number.
      if (null || rating < request_->min_rating) return Verdict::fails;
    }
    if (!shape.skills) return Verdict::passes;
    if (plan_.skills < 0) return Verdict::row_decides;
    const Datum skills = column(entry, plan_.skills, null);
    if (null) return Verdict::fails;
    if (are_in_row(skills)) return Verdict::row_decides;
    return has_wanted_skills(skills) ? Verdict::passes : Verdict::fails;
  }

  bool row_passes_filters(const RowReader& tailors) {
    bool null = false;
    const Datum skills = tailors.column(skills_, null);
    return !null && has_wanted_skills(skills);
  }

  /// The rank by the sort key, ascending; 0 where the order is by distance alone.
  int64 rank(IndexTuple entry) const {
    if (request_->shape.sort_by == SortBy::distance) return 0;
    bool null = false;
    if (request_->shape.sort_by == SortBy::experience) {
      const Datum years = column(entry, plan_.experience, null);
      return null ? null_rank : -int64{DatumGetInt32(years)};
    }
    const Datum rating = column(entry, plan_.rating, null);
    return null ? null_rank : descending_rank(DatumGetFloat8(rating));
  }

 private:
  bool has_wanted_skills(Datum skills) {
    return DatumGetBool(
        FunctionCall2Coll(&has_skills_, skills_collation_, skills, PointerGetDatum(request_->skills)));
  }

  Datum column(IndexTuple entry, int number, bool& null) const {
    return index_getattr(entry, number + 1, descriptor_, &null);
  }

  const Request* request_;
  TupleDesc descriptor_ = nullptr;
  CoveringPlan plan_{};
  AttrNumber skills_ = InvalidAttrNumber;
  Oid skills_collation_ = InvalidOid;
  FmgrInfo has_skills_{};  // skills && wanted, or skills @> wanted
};

}  // namespace tailor
