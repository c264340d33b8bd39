// The boundary between C++ and PostgreSQL. The rules, in full in CONTRIBUTING.md:
//
// 1. Code in src/ calls PostgreSQL, so an ereport may longjmp out of any line of it. It holds nothing with
//    a destructor: palloc, List and StringInfo, which the memory context or the transaction gives back.
//    Errors are left alone on their way, so SQLSTATE, detail and hint of a nested error stay what they were.
// 2. Code in core/ knows no PostgreSQL and may use the standard library. src/ calls it through guarded()
// only,
//    which lets no C++ exception out: it leaves the catch block first, and raises then.
#pragma once

#include "src/postgres.hpp"
//
#include <exception>
#include <new>
#include <string_view>
#include <type_traits>

namespace tailor {

struct PureFailure {
  bool out_of_memory = false;
  char message[256] = "";
};

/// Raises what guarded() caught: 53200 out_of_memory, or XX000 with the exception's text.
[[noreturn]] void raise(const PureFailure& failure);

/// Copies text into the current memory context without raising; throws std::bad_alloc.
char* palloc_copy(std::string_view text);

/// Runs pure code. `work` must not call PostgreSQL, except for what cannot raise.
template <typename Work>
auto guarded(Work&& work) -> decltype(work()) {
  static_assert(std::is_trivially_destructible_v<decltype(work())>, "the result outlives no longjmp");
  PureFailure failure;
  try {
    return work();
  } catch (const std::bad_alloc&) {
    failure.out_of_memory = true;
  } catch (const std::exception& error) {
    strlcpy(failure.message, error.what(), sizeof failure.message);
  } catch (...) {
    strlcpy(failure.message, "unknown C++ exception", sizeof failure.message);
  }
  raise(failure);
}

}  // namespace tailor
