#include "src/index/keyed_reader.hpp"

#include <new>

namespace tailor {

void KeyedReader::open(Oid relation, Oid index, bool index_only, Snapshot snapshot) {
  constexpr int kUsual = 16;  // typical number of entries of one text on a page
  rows_.open(relation, snapshot);
  visibility_.open(rows_.table, snapshot);
  scan_ = open_index_scan({rows_.table, index, snapshot, index_only});
  batch_ = new (palloc(sizeof(EntryBatch))) EntryBatch(kUsual);
}

void KeyedReader::close() {
  scan_->close();
  visibility_.release();
  rows_.close();
}

}  // namespace tailor
