#pragma once

#include <boost/context/fiber.hpp>

#include <cstddef>
#include <functional>

#include "waiting/stack_switches.hpp"

namespace tailor {

/// A function that runs on a stack of its own, and can be left in its midst and gone on with. Of one thread
/// once it has begun.
class Coroutine {
 public:
  /// Throws std::bad_alloc when there is no memory for the stack.
  explicit Coroutine(std::function<void()> work);

  /// Runs it until it suspends itself, or ends.
  void resume();

  /// By the function itself: back to who resumed it.
  void suspend();

  bool ended() const { return !there_; }

 private:
  // The exceptions that it handles, which the C++ runtime keeps by thread (Itanium C++ ABI,
  // __cxa_eh_globals).
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
