#include "src/index/scan.hpp"

#include "src/index/am_scan.hpp"
#include "src/index/nbtree_scan.hpp"
#include "src/settings.hpp"

namespace tailor {

EntryBatch::EntryBatch(int room)
    : room_(room),
      entries_(static_cast<IndexEntry*>(palloc(sizeof(IndexEntry) * static_cast<std::size_t>(room)))),
      numbers_(static_cast<int64*>(palloc(sizeof(int64) * static_cast<std::size_t>(room)))) {}

void EntryBatch::grow() {
  room_ *= 2;
  const auto room = static_cast<std::size_t>(room_);
  entries_ = static_cast<IndexEntry*>(repalloc_huge(entries_, sizeof(IndexEntry) * room));
  numbers_ = static_cast<int64*>(repalloc_huge(numbers_, sizeof(int64) * room));
}

#ifdef TAILOR_NBTREE_SCAN
bool reads_nbtree_pages() {
  return settings::index_access != settings::kAccessMethod;
}

IndexScan* open_index_scan(const ScanTarget& target) {
  return reads_nbtree_pages() ? open_nbtree_scan(target) : open_am_scan(target);
}
#else
bool reads_nbtree_pages() {
  return false;
}

IndexScan* open_index_scan(const ScanTarget& target) {
  return open_am_scan(target);
}
#endif

}  // namespace tailor
