#include "src/engine/newest_works.hpp"

#include <algorithm>

#include "src/engine/text_order.hpp"

namespace tailor {
namespace {

constexpr std::size_t kId = 0;         // of sample_work_columns
constexpr std::size_t kCreatedAt = 3;  // of sample_work_columns

// Descending, so NULL comes first, as in SQL.
int compare_dates(const SampleWork& a, const SampleWork& b) {
  if (a.null[kCreatedAt] || b.null[kCreatedAt]) return int{b.null[kCreatedAt]} - int{a.null[kCreatedAt]};
  return timestamp_cmp_internal(DatumGetTimestamp(b.value[kCreatedAt]),
                                DatumGetTimestamp(a.value[kCreatedAt]));
}

}  // namespace

void NewestWorks::add(const SampleWork& work) {
  constexpr int kRoom = 16;
  if (count_ == room_ && count_ > 2 * limit_) {  // the other works are not among the newest
    sort();
    count_ = limit_;
  }
  if (count_ == room_) {
    room_ = Max(kRoom, 2 * room_);
    const std::size_t bytes = sizeof(Entry) * static_cast<std::size_t>(room_);
    entries_ = static_cast<Entry*>(entries_ == nullptr ? palloc(bytes) : repalloc(entries_, bytes));
  }
  auto* kept = static_cast<SampleWork*>(palloc(sizeof(SampleWork)));
  *kept = work;
  entries_[count_++] = {kept, work.null[kId] ? nullptr : DatumGetTextPP(work.value[kId])};
}

bool NewestWorks::is_full_of_newer_than(const SampleWork& work) const {
  return count_ >= limit_ && compare_dates(work, *entries_[count_ - 1].work) > 0;
}

List* NewestWorks::list() {
  sort();
  List* works = NIL;
  for (int i = 0; i < Min(count_, limit_); ++i) works = lappend(works, entries_[i].work);
  return works;
}

bool NewestWorks::stands_before(const Entry& a, const Entry& b) const {
  if (const int dates = compare_dates(*a.work, *b.work)) return dates < 0;
  return compare_nulls_last(a.id, b.id, id_collation_) < 0;
}

void NewestWorks::sort() {
  std::sort(entries_, entries_ + count_,
            [this](const Entry& a, const Entry& b) { return stands_before(a, b); });
}

}  // namespace tailor
