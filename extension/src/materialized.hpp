// What PostgreSQL has under this name since version 15: the rows go to a tuplestore of the query's own.
#pragma once

#include "src/postgres.hpp"

#if PG_VERSION_NUM < 150000
inline void InitMaterializedSRF(FunctionCallInfo fcinfo, bits32) {
  auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  if (result == nullptr || !IsA(result, ReturnSetInfo) || (result->allowedModes & SFRM_Materialize) == 0)
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("a set of rows was asked for where none can be taken")));
  MemoryContext caller = MemoryContextSwitchTo(result->econtext->ecxt_per_query_memory);
  TupleDesc descriptor = nullptr;
  if (get_call_result_type(fcinfo, nullptr, &descriptor) != TYPEFUNC_COMPOSITE)
    elog(ERROR, "tailor_search: return type must be a row type");
  result->returnMode = SFRM_Materialize;
  result->setDesc = descriptor;
  result->setResult =
      tuplestore_begin_heap((result->allowedModes & SFRM_Materialize_Random) != 0, false, work_mem);
  MemoryContextSwitchTo(caller);
}
#endif
