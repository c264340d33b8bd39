#include "src/index/keyed_reader.hpp"

namespace tailor {

void KeyedReader::open(Oid relation, Oid index, Snapshot snapshot) {
  rows_.open(relation, snapshot);
  visibility_.open(rows_.table, snapshot);
  cursor_.open(index, snapshot);
  count_ = 0;
  room_ = 16;
  entries_ = static_cast<Entry*>(palloc(sizeof(Entry) * static_cast<std::size_t>(room_)));
}

void KeyedReader::close() {
  cursor_.close();
  visibility_.release();
  rows_.close();
}

bool KeyedReader::find_entries(bool index_only) {
  count_ = 0;
  const Leaf leaf = cursor_.leaf();
  OffsetNumber at = leaf.first;
  for (; at < leaf.end && cursor_.has_text(at); ++at) {
    IndexTuple entry = cursor_.entry(leaf.page, at);
    if (entry == nullptr) continue;
    IndexTuple copy = index_only ? CopyIndexTuple(entry) : nullptr;
    if (!BTreeTupleIsPosting(entry)) {
      add(entry->t_tid, copy);
      continue;
    }
    for (int i = 0; i < BTreeTupleGetNPosting(entry); ++i) add(*BTreeTupleGetPostingN(entry, i), copy);
  }
  cursor_.unlock();
  return at == leaf.end;
}

void KeyedReader::add(const ItemPointerData& place, IndexTuple copy) {
  if (count_ == room_) {
    room_ *= 2;
    entries_ = static_cast<Entry*>(repalloc(entries_, sizeof(Entry) * static_cast<std::size_t>(room_)));
  }
  entries_[count_++] = {place, copy};
}

}  // namespace tailor
