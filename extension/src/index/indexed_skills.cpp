#include "src/index/indexed_skills.hpp"

extern "C" {
#include "access/detoast.h"
}

namespace tailor {
namespace {

// An entry of a B-tree holds 2,704 bytes. Cell, experience and rating take less than 100.
constexpr Size kMostBytes = 2000;

// '{NULL}' behind its length.
struct LongSkills {
  int32 dimensions = 1;
  int32 data_offset = ARR_OVERHEAD_WITHNULLS(1, 1);
  Oid element_type = TEXTOID;
  int32 count = 1, first = 1;
  uint8 bitmap[MAXALIGN(1)] = {};
};
constexpr LongSkills kLongSkills;
static_assert(sizeof kLongSkills + VARHDRSZ == ARR_OVERHEAD_WITHNULLS(1, 1));

}  // namespace

bool are_in_row(Datum skills) {
  const auto* value = reinterpret_cast<const varattrib_4b*>(DatumGetPointer(skills));
  return !VARATT_IS_COMPRESSED(value) && VARSIZE_ANY_EXHDR(value) == sizeof kLongSkills &&
         memcmp(VARDATA_ANY(value), &kLongSkills, sizeof kLongSkills) == 0;
}

}  // namespace tailor

extern "C" {

TAILOR_SQL_FUNCTION(tailor_indexed_skills);
Datum tailor_indexed_skills(PG_FUNCTION_ARGS) {
  if (toast_raw_datum_size(PG_GETARG_DATUM(0)) <= tailor::kMostBytes) PG_RETURN_DATUM(PG_GETARG_DATUM(0));
  auto* skills = static_cast<char*>(palloc(VARHDRSZ + sizeof tailor::kLongSkills));
  SET_VARSIZE(skills, VARHDRSZ + sizeof tailor::kLongSkills);
  memcpy(VARDATA(skills), &tailor::kLongSkills, sizeof tailor::kLongSkills);
  PG_RETURN_POINTER(skills);
}
}
