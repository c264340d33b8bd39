// The rows of a table that have a text value in the first column of an index.
#pragma once

#include "src/index/btree_cursor.hpp"
#include "src/index/row_reader.hpp"
#include "src/index/visibility_map.hpp"

namespace tailor {

/// Reads them out of the index alone where it has all their columns. close() it when done; an error does,
/// too.
class KeyedReader {
 public:
  void open(Oid relation, Oid index, Snapshot snapshot);
  void close();

  TextKey key(Datum value) const { return cursor_.text_key(DatumGetTextPP(value)); }

  /// Prefetch what each() will read, in two steps.
  static void prefetch_place(const TextKey& key) { BtreeCursor::prefetch_place(key); }
  static void prefetch_entry(const TextKey& key) { BtreeCursor::prefetch_entry(key); }

  /// Calls visit(Values<N>) for each visible row with the key, in the index's order, until it says no.
  /// By-reference values last as long as the current memory context.
  template <std::size_t N, typename Visit>
  void each(const TextKey& key, const KeyedPlan<N>& plan, Visit visit) {
    bool more = cursor_.seek_text(key);
    while (more) {
      more = find_entries(plan.index_only);
      CHECK_FOR_INTERRUPTS();
      for (int i = 0; i < count_; ++i) {
        Values<N> values;
        if (take(entries_[i], plan, values) && !visit(values)) {
          more = false;
          break;
        }
      }
      more = more ? cursor_.next_leaf() : (cursor_.release(), false);
    }
  }

 private:
  struct Entry {
    ItemPointerData place;
    IndexTuple copy;  // for an index-only read
  };

  // Of the locked page, which is unlocked. True: there may be more on the next page.
  bool find_entries(bool index_only);
  void add(const ItemPointerData& place, IndexTuple copy);

  template <std::size_t N>
  bool take(const Entry& entry, const KeyedPlan<N>& plan, Values<N>& values) {
    if (plan.index_only && visibility_.all_visible(ItemPointerGetBlockNumber(&entry.place))) {
      take_entry(entry.copy, plan.in_index, values);
      return true;
    }
    if (!rows_.read(pack_tid(entry.place))) return false;
    rows_.take_columns(rows_.copy_row(), plan.table, values);
    return true;
  }

  template <std::size_t N>
  void take_entry(IndexTuple entry, const Attributes<N>& columns, Values<N>& values) const {
    Datum all[INDEX_MAX_KEYS];
    bool null[INDEX_MAX_KEYS];
    index_deform_tuple(entry, RelationGetDescr(cursor_.index()), all, null);
    for (std::size_t i = 0; i < N; ++i) {
      values.null[i] = columns[i] == 0 || null[columns[i] - 1];
      if (!values.null[i]) values.value[i] = all[columns[i] - 1];
    }
  }

  RowReader rows_;
  VisibilityMap visibility_;
  BtreeCursor cursor_;
  Entry* entries_;
  int count_, room_;
};

}  // namespace tailor
