#include "src/engine.hpp"

#include "src/binding.hpp"
#include "src/native_engine.hpp"
#include "src/settings.hpp"
#include "src/sql_engine.hpp"

namespace tailor {

Page search(const Request& request, Oid caller) {
  Binding& binding = current_binding();
  if (settings::engine == settings::kSql) return sql_engine::search(binding, request);
  const char* reason = native_engine::refusal(binding, request, caller);
  if (reason == nullptr) {
    ScanCounts counts{};
    return native_engine::search(binding, request, counts);
  }
  if (settings::engine == settings::kNative)
    ereport(
        ERROR,
        (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
         errmsg("the native engine cannot serve this search: %s", reason),
         errhint("SET tailor_search.engine = auto lets the SQL engine answer where the native one cannot.")));
  return sql_engine::search(binding, request);
}

}  // namespace tailor
