// Reads the rows of a table by a text key in the first column of an index.
#pragma once

#include "src/index/row_reader.hpp"
#include "src/index/scan.hpp"
#include "src/index/visibility_map.hpp"

namespace tailor {

/// Reads from the index alone if it contains all needed columns. Call close() when done; an error closes it,
/// too.
class KeyedReader {
 public:
  void open(Oid relation, Oid index, bool index_only, Snapshot snapshot);
  void close();

  TextKey key(Datum value) const { return scan_->text_key(DatumGetTextPP(value)); }

  /// Prefetches what each() will read, in two steps.
  void prefetch_place(const TextKey& key) const { scan_->prefetch_place(key); }
  void prefetch_entry(const TextKey& key) const { scan_->prefetch_entry(key); }

  /// Calls visit(Values<N>) for each visible row with the key, in index order, until it returns false.
  /// By-reference values live as long as the current memory context.
  template <std::size_t N, typename Visit>
  void each(const TextKey& key, const KeyedPlan<N>& plan, Visit visit) {
    scan_->seek_text(key);
    while (scan_->next(*batch_)) {
      CHECK_FOR_INTERRUPTS();
      for (int i = 0; i < batch_->size(); ++i) {
        Values<N> values;
        if (take((*batch_)[i], plan, values) && !visit(values)) return;
      }
    }
  }

 private:
  template <std::size_t N>
  bool take(const IndexEntry& entry, const KeyedPlan<N>& plan, Values<N>& values) {
    if (plan.index_only && visibility_.all_visible(entry)) {
      take_columns(entry.tuple, plan.in_index, values);
      return true;
    }
    if (!rows_.read(pack_tid(entry.place))) return false;
    rows_.take_columns(rows_.copy_row(), plan.table, values);
    return true;
  }

  template <std::size_t N>
  void take_columns(IndexTuple entry, const Attributes<N>& columns, Values<N>& values) const {
    Datum all[INDEX_MAX_KEYS];
    bool null[INDEX_MAX_KEYS];
    index_deform_tuple(entry, RelationGetDescr(scan_->index()), all, null);
    for (std::size_t i = 0; i < N; ++i) {
      values.null[i] = columns[i] == 0 || null[columns[i] - 1];
      if (!values.null[i]) values.value[i] = all[columns[i] - 1];
    }
  }

  RowReader rows_;
  VisibilityMap visibility_;
  IndexScan* scan_;
  EntryBatch* batch_;
};

}  // namespace tailor
