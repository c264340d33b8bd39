#include "src/engine.hpp"

#include "src/binding.hpp"
#include "src/native_engine.hpp"
#include "src/settings.hpp"
#include "src/sql_engine.hpp"

namespace tailor {
namespace {

// Why the SQL engine has to answer, or nullptr when the native one will.
const char* sql_reason(Binding& binding, const Request& request, Oid caller) {
  if (settings::engine == settings::kSql) return "tailor_search.engine is sql";
  const char* reason = native_engine::refusal(binding, request, caller);
  if (reason != nullptr && settings::engine == settings::kNative)
    ereport(
        ERROR,
        (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
         errmsg("the native engine cannot serve this search: %s", reason),
         errhint("SET tailor_search.engine = auto lets the SQL engine answer where the native one cannot.")));
  return reason;
}

}  // namespace

Answer search(const Request& request, Oid caller, Report& report) {
  Binding& binding = current_binding();
  const char* reason = sql_reason(binding, request, caller);
  if (reason == nullptr) {
    report.native = true;
    report.reason = "the tables have what it needs";
    return native_engine::search(binding, request, report);
  }
  report.reason = reason;
  PhaseClock clock(report, kScan);
  const Answer answer = sql_engine::search(binding, request);
  clock.stop();
  report.matches = answer.total;
  return answer;
}

}  // namespace tailor
