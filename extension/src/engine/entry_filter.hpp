// Decides by an index entry's columns, and where needed by its row, whether a search wants it.
#pragma once

#include "src/engine/covering_entry.hpp"
#include "src/engine/facet_counts.hpp"
#include "src/engine/report.hpp"
#include "src/index/visibility_map.hpp"

namespace tailor {

/// Filters the entries of one table for a search, and counts them for its facets.
class EntryFilter {
 public:
  /// `facets`: nullptr if none are wanted.
  EntryFilter(const Request& request, FacetCounts* facets, Report& report)
      : reader_(request), facets_(facets), report_(report) {}

  void open(const RowReader& tailors, Relation index, const CoveringPlan& plan, AttrNumber skills) {
    tailors_ = &tailors;
    visibility_.open(tailors.table, tailors.snapshot);
    reader_.open(tailors.table, index, plan, skills);
  }

  void close() { visibility_.release(); }

  /// Whether the entry's row is visible, and passes the filters or is counted by a facet.
  bool wants(const IndexEntry& entry) {
    if (facets_ == nullptr) return passes(entry);
    failed_ = reader_.failed_filters(entry.tuple);
    if (!FacetCounts::are_concerned(failed_)) return false;
    in_row_ = !reader_.has_skills(entry.tuple);
    if (!in_row_) return is_visible(entry);
    if (!read_row(entry)) return false;
    if (!reader_.row_passes_skills(*tailors_)) failed_ |= kSkillFilter;
    return FacetCounts::are_concerned(failed_);
  }

  /// Whether the wanted entry, which is in the area, passes the filters. Facets count it.
  bool is_match(const IndexEntry& entry) {
    if (facets_ == nullptr) return true;
    facets_->add(reader_, entry.tuple, in_row_ ? tailors_ : nullptr, failed_);
    return failed_ == 0;
  }

  int64 rank(const IndexEntry& entry) const { return reader_.rank(entry.tuple); }

 private:
  bool passes(const IndexEntry& entry) {
    const EntryReader::Verdict verdict = reader_.verdict(entry.tuple);
    if (verdict == EntryReader::Verdict::fails) return false;
    if (verdict == EntryReader::Verdict::passes) return is_visible(entry);
    return read_row(entry) && reader_.row_passes_skills(*tailors_);
  }

  // As in an index-only scan, the heap is read only for pages that are not all-visible.
  bool is_visible(const IndexEntry& entry) { return visibility_.all_visible(entry) || read_row(entry); }

  bool read_row(const IndexEntry& entry) {
    ++report_.heap_fetches;
    return tailors_->read(pack_tid(entry.place));
  }

  EntryReader reader_;
  FacetCounts* facets_;
  Report& report_;
  // Of the entry that was asked for last, for facets.
  FilterSet failed_ = 0;
  bool in_row_ = false;  // its skills
  const RowReader* tailors_ = nullptr;
  VisibilityMap visibility_{};
};

}  // namespace tailor
