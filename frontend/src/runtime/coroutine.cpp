#include "runtime/coroutine.hpp"

#include <cxxabi.h>

#include <boost/context/protected_fixedsize_stack.hpp>
#include <cstring>
#include <utility>

namespace tailor {
namespace {

using boost::context::stack_context;

// Only pages that were touched take memory. A guard page below the stack ends the process on overflow.
constexpr std::size_t kStack = std::size_t{128} * 1024 * StackSwitches::kStackFactor;

// Boost.Context's stack, registered with the sanitizers.
class SanitizedStack {
 public:
  explicit SanitizedStack(StackSwitches& switches) : switches_(&switches) {}

  stack_context allocate() {
    const stack_context stack = pages_.allocate();
    switches_->set_stack(lowest(stack), stack.size);
    return stack;
  }

  void deallocate(stack_context& stack) noexcept {
    StackSwitches::release_stack(lowest(stack), stack.size);
    pages_.deallocate(stack);
  }

 private:
  static void* lowest(const stack_context& stack) { return static_cast<char*>(stack.sp) - stack.size; }

  boost::context::protected_fixedsize_stack pages_{kStack};
  StackSwitches* switches_;
};

}  // namespace

Coroutine::Coroutine(std::function<void()> work) {
  switches_.before_creation();
  there_ = boost::context::fiber(std::allocator_arg, SanitizedStack(switches_),
                                 [this, work = std::move(work)](boost::context::fiber&& back) {
                                   switches_.on_entry();
                                   back_ = std::move(back);
                                   work();
                                   switches_.before_end();
                                   return std::move(back_);
                                 });
  switches_.after_creation();
}

void Coroutine::resume() {
  swap_exceptions();
  switches_.before_resume();
  there_ = std::move(there_).resume();
  switches_.after_resume(ended());
  swap_exceptions();
}

void Coroutine::suspend() {
  switches_.before_suspend();
  back_ = std::move(back_).resume();
  switches_.on_entry();
}

void Coroutine::swap_exceptions() {
  void* const of_thread = abi::__cxa_get_globals();
  Exceptions kept;
  std::memcpy(&kept, of_thread, sizeof kept);
  std::memcpy(of_thread, &exceptions_, sizeof exceptions_);
  exceptions_ = kept;
}

}  // namespace tailor
