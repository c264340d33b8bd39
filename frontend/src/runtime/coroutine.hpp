#pragma once

#include <boost/context/fiber.hpp>

#include <cstddef>
#include <functional>

#include "runtime/stack_switches.hpp"

namespace tailor {

/// A function with its own stack that can suspend and be resumed. It stays on the thread that first resumed
/// it.
class Coroutine {
 public:
  /// Throws std::bad_alloc when the stack cannot be allocated.
  explicit Coroutine(std::function<void()> work);

  /// Runs the function until it suspends or returns.
  void resume();

  /// Called by the function: returns to the caller of resume().
  void suspend();

  bool ended() const { return !there_; }

 private:
  // The exceptions being handled. The C++ runtime stores them per thread (Itanium C++ ABI,
  // __cxa_eh_globals), so each coroutine swaps in its own.
  struct Exceptions {
    void* caught = nullptr;
    unsigned int uncaught = 0;
  };
  void swap_exceptions();

  StackSwitches switches_;
  boost::context::fiber there_;
  boost::context::fiber back_;
  Exceptions exceptions_;
};

}  // namespace tailor
