#include "src/binding/collation_check.hpp"

#include "core/model.hpp"

namespace tailor {
namespace {

const char* kId = "id";
const char* kUserId = "userId";

struct TextColumn {
  Oid relation;
  const char* name;
};

const char* nondeterministic(const TextColumn& column) {
  if (get_collation_isdeterministic(collation_of(column.relation, column.name))) return nullptr;
  return psprintf("the column \"%s\" of \"%s\" has a nondeterministic collation", column.name,
                  get_rel_name(column.relation));
}

// PostgreSQL combines the collations of two columns unless both differ from the default.
const char* conflict(const TextColumn& a, const TextColumn& b) {
  const Oid left = collation_of(a.relation, a.name);
  const Oid right = collation_of(b.relation, b.name);
  if (left == right || left == DEFAULT_COLLATION_OID || right == DEFAULT_COLLATION_OID) return nullptr;
  return psprintf("the collations of \"%s\" and \"%s\" differ", a.name, b.name);
}

}  // namespace

Oid collation_of(Oid relation, const char* column) {
  Oid type = InvalidOid;
  Oid collation = InvalidOid;
  int32 modifier = 0;
  get_atttypetypmodcoll(relation, get_attnum(relation, column), &type, &modifier, &collation);
  return collation;
}

const char* unfit_collations(const Relations& relations) {
  const TextColumn tailor{relations.tailor, kId};
  const TextColumn tailor_user{relations.tailor, kUserId};
  const TextColumn user{relations.user, kId};
  const TextColumn work{relations.sample_work, kId};
  const TextColumn work_tailor{relations.sample_work, work_tailor_column.name};
  for (const TextColumn& column : {tailor, tailor_user, user, work, work_tailor})
    if (const char* reason = nondeterministic(column)) return reason;
  if (const char* reason = conflict(tailor_user, user)) return reason;
  return conflict(work_tailor, tailor);
}

}  // namespace tailor
