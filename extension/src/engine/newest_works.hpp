// The newest sample works of one tailor: ORDER BY "createdAt" DESC, id LIMIT n.
#pragma once

#include "src/engine/answer.hpp"

namespace tailor {

/// Collects works in any order, in the current memory context.
class NewestWorks {
 public:
  /// At most `limit` works; ids are compared by the collation of their column.
  NewestWorks(int limit, Oid id_collation) : limit_(limit), id_collation_(id_collation) {}

  void add(const SampleWork& work);

  /// For works that arrive newest first: whether the limit is reached and this and all later works are older.
  bool is_full_of_newer_than(const SampleWork& work) const;

  /// The works in order, as a list of SampleWork*.
  List* list();

 private:
  struct Entry {
    SampleWork* work;
    const text* id;  // detoasted, nullptr: NULL
  };

  bool stands_before(const Entry& a, const Entry& b) const;
  void sort();

  int limit_;
  Oid id_collation_;
  Entry* entries_ = nullptr;
  int count_ = 0, room_ = 0;
};

}  // namespace tailor
