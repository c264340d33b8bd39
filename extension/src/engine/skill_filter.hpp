// Decides by a tailor's skills whether a search wants it.
#pragma once

#include "src/engine/skill_list.hpp"

namespace tailor {

/// skills && wanted, or skills @> wanted.
class SkillFilter {
 public:
  /// `wanted`: nullptr if the search has no filter by skills. Allocates in the current memory context.
  SkillFilter(ArrayType* wanted, bool all);

  /// Sets the collation by which skills are compared: the column's.
  void open(Oid collation);

  /// Whether a text[], as it is stored, passes.
  bool passes(Datum skills);

 private:
  // Equal texts have equal bytes unless the collation is nondeterministic. Then PostgreSQL's operator
  // decides.
  bool passes_by_bytes(Datum skills);
  bool has(const text* skill) const;

  ArrayType* wanted_;
  bool all_;
  bool by_bytes_ = false;
  Oid collation_ = InvalidOid;
  FmgrInfo operator_{};
  SkillList wanted_list_, list_;
};

}  // namespace tailor
