#include "runtime/coroutine.hpp"

#include <cxxabi.h>

#include <boost/context/protected_fixedsize_stack.hpp>
#include <cstring>
#include <utility>

namespace tailor {
namespace {

// Only pages that were touched take memory. A guard page below the stack ends the process on overflow.
constexpr std::size_t kStack = std::size_t{128} * 1024;

}  // namespace

Coroutine::Coroutine(std::function<void()> work)
    : there_(std::allocator_arg, boost::context::protected_fixedsize_stack(kStack),
             [this, work = std::move(work)](boost::context::fiber&& back) {
               back_ = std::move(back);
               work();
               return std::move(back_);
             }) {}

void Coroutine::resume() {
  swap_exceptions();
  there_ = std::move(there_).resume();
  swap_exceptions();
}

void Coroutine::suspend() {
  back_ = std::move(back_).resume();
}

void Coroutine::swap_exceptions() {
  void* const of_thread = abi::__cxa_get_globals();
  Exceptions kept;
  std::memcpy(&kept, of_thread, sizeof kept);
  std::memcpy(of_thread, &exceptions_, sizeof exceptions_);
  exceptions_ = kept;
}

}  // namespace tailor
