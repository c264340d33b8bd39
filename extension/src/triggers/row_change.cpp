#include "src/triggers/row_change.hpp"

extern "C" {
#include "utils/datum.h"
#include "utils/rel.h"
}

namespace tailor {

bool RowChange::differs(const char* column) const {
  const int number = SPI_fnumber(descriptor, column);
  if (number <= 0) return false;
  bool was_null = false;
  bool is_null = false;
  const Datum was = heap_getattr(before, number, descriptor, &was_null);
  const Datum is = heap_getattr(after, number, descriptor, &is_null);
  if (was_null || is_null) return was_null != is_null;
  const Form_pg_attribute attribute = TupleDescAttr(descriptor, number - 1);
  return !datum_image_eq(was, is, attribute->attbyval, attribute->attlen);
}

RowChange row_change(const TriggerData& trigger) {
  const bool update = TRIGGER_FIRED_BY_UPDATE(trigger.tg_event);
  const bool insert = TRIGGER_FIRED_BY_INSERT(trigger.tg_event);
  return {.descriptor = RelationGetDescr(trigger.tg_relation),
          .before = insert ? nullptr : trigger.tg_trigtuple,
          .after = update   ? trigger.tg_newtuple
                   : insert ? trigger.tg_trigtuple
                            : nullptr};
}

int column_of_type(TupleDesc descriptor, const char* column, Oid type) {
  const int number = SPI_fnumber(descriptor, column);
  return number > 0 && getBaseType(SPI_gettypeid(descriptor, number)) == type ? number : 0;
}

}  // namespace tailor
